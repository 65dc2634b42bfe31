/* Stand-ins for the libraries that only the network half of Debian's static libgit2 1.5 calls: libssh2 and GSS.
 *
 * Debian's libgit2.a refers to both, and both would bring further shared libraries (Kerberos, libgcrypt) into a
 * program that only reads objects of local repositories. Linked with
 *
 *     -Wl,--wrap=git_mbedtls_stream_global_init     its start-up reads the whole CA bundle and seeds two generators
 *
 * libgit2 starts without its TLS half. libssh2_init must say 0, because git_libgit2_init() fails otherwise; everything
 * else can be reached only through an ssh:// or https:// address, which pienv never opens, and ends the program.
 * docs/adr/0002-static-link.md has the figures; tests/e2e/090-static-libgit2 shows that it works. */
#include <stdio.h>
#include <stdlib.h>

int libssh2_init(int flags);
void libssh2_exit(void);
int __wrap_git_mbedtls_stream_global_init(void);
void pienv_no_network(void);

int libssh2_init(int flags) {
  (void)flags;
  return 0;
}

/* Called when libgit2 shuts down. */
void libssh2_exit(void) {}

int __wrap_git_mbedtls_stream_global_init(void) { return 0; }

void pienv_no_network(void) {
  (void)fputs("pienv: bug: the network half of libgit2 was called, which is not linked in\n", stderr);
  abort();
}

/* A symbol of that name, with the address of pienv_no_network. */
#define STAND_IN(name) \
  void name(void);     \
  void name(void) __attribute__((alias("pienv_no_network")));

STAND_IN(GSS_C_NT_HOSTBASED_SERVICE)
STAND_IN(gss_delete_sec_context)
STAND_IN(gss_display_status)
STAND_IN(gss_import_name)
STAND_IN(gss_indicate_mechs)
STAND_IN(gss_init_sec_context)
STAND_IN(gss_release_buffer)
STAND_IN(gss_release_name)
STAND_IN(gss_release_oid_set)
STAND_IN(libssh2_agent_connect)
STAND_IN(libssh2_agent_disconnect)
STAND_IN(libssh2_agent_free)
STAND_IN(libssh2_agent_get_identity)
STAND_IN(libssh2_agent_init)
STAND_IN(libssh2_agent_list_identities)
STAND_IN(libssh2_agent_userauth)
STAND_IN(libssh2_channel_close)
STAND_IN(libssh2_channel_free)
STAND_IN(libssh2_channel_open_ex)
STAND_IN(libssh2_channel_process_startup)
STAND_IN(libssh2_channel_read_ex)
STAND_IN(libssh2_channel_set_blocking)
STAND_IN(libssh2_channel_write_ex)
STAND_IN(libssh2_hostkey_hash)
STAND_IN(libssh2_knownhost_checkp)
STAND_IN(libssh2_knownhost_free)
STAND_IN(libssh2_knownhost_init)
STAND_IN(libssh2_knownhost_readfile)
STAND_IN(libssh2_session_abstract)
STAND_IN(libssh2_session_disconnect_ex)
STAND_IN(libssh2_session_free)
STAND_IN(libssh2_session_handshake)
STAND_IN(libssh2_session_hostkey)
STAND_IN(libssh2_session_init_ex)
STAND_IN(libssh2_session_last_error)
STAND_IN(libssh2_session_method_pref)
STAND_IN(libssh2_session_set_blocking)
STAND_IN(libssh2_userauth_authenticated)
STAND_IN(libssh2_userauth_keyboard_interactive_ex)
STAND_IN(libssh2_userauth_list)
STAND_IN(libssh2_userauth_password_ex)
STAND_IN(libssh2_userauth_publickey)
STAND_IN(libssh2_userauth_publickey_fromfile_ex)
STAND_IN(libssh2_userauth_publickey_frommemory)
