/* What kind of build this is. */
#ifndef PIENV_HOST_BUILD_H
#define PIENV_HOST_BUILD_H

#if defined(__SANITIZE_ADDRESS__)
#define PI_BUILD_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer)
#define PI_BUILD_SANITIZED 1
#endif
#endif
#ifndef PI_BUILD_SANITIZED
#define PI_BUILD_SANITIZED 0
#endif

/* Sanitizers look at every block: memory is then allocated and freed one by one, also at the end. */
enum { PI_BUILD_WATCHES_MEMORY = PI_BUILD_SANITIZED };

#endif
