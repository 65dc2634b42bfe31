/* libFuzzer: the object reader on any bytes. Every list that it made is walked, so that a wrong pointer is seen. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/object.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* Slices are objects themselves, one level deep. */
static size_t walk(const pi_object *o) {
  const pi_object_slice *slices = o->slices.items;
  const pi_object_section *sections = o->sections.items;
  const pi_object_version *versions = o->versions.items;
  const pi_object_symbol *symbols = o->symbols.items;
  const pi_object_library *needed = o->needed.items;
  const char *const *run_paths = o->run_paths.items;
  size_t length = 0;
  for (size_t i = 0; i < o->sections.count; i++) length += strlen(sections[i].name);
  for (size_t i = 0; i < o->needed.count; i++) length += strlen(needed[i].name);
  for (size_t i = 0; i < o->run_paths.count; i++) length += strlen(run_paths[i]);
  for (size_t i = 0; i < o->versions.count; i++) length += strlen(versions[i].library) + strlen(versions[i].name);
  for (size_t i = 0; i < o->symbols.count; i++)
    length += strlen(symbols[i].name) + (symbols[i].version != NULL ? strlen(symbols[i].version) : 0);
  for (size_t i = 0; i < o->symbols.count; i++)
    if (symbols[i].library > o->needed.count) abort();
  if (o->signature.identifier != NULL) length += strlen(o->signature.identifier);
  for (size_t i = 0; i < o->slices.count; i++) length += walk(&slices[i].object);
  for (size_t i = 0; i < o->build_id_size; i++) length += o->build_id[i];
  return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  pi_object o;
  pi_err err;
  if (pi_object_parse(&o, bytes, size, "input", &err) == 0 && walk(&o) > 2 * PI_OBJECT_MEMORY) abort();
  pi_object_release(&o);
  return 0;
}
