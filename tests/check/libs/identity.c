/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where our signature key comes from: a file of our own, or this process. */
#include <gst/check/gstcheck.h>
#include <gst/discord/gstdiscorderror.h>
#include <gst/discord/session/identity.h>
#include <gst/discord/session/identityfile.h>

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define USER G_GUINT64_CONSTANT (115590097100865541)

/* Made with "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
 * and the same key with "openssl ec". */
#define PKCS8                                                                  \
  "-----BEGIN PRIVATE KEY-----\n"                                              \
  "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgMY8LZdpm/Y42Gg+2\n"         \
  "rncc5SDoix4x3o2yx0gKiTrmiHmhRANCAAQRPYPwe8Q3dXvuY6Zz6m+TKv1ytd0c\n"         \
  "nqzqI9zb54fXwt4su2YOUKzvHYa92y3dBVbynNQKqFQrJq24EuNsFxib\n"                 \
  "-----END PRIVATE KEY-----\n"
#define SEC1                                                                   \
  "-----BEGIN EC PRIVATE KEY-----\n"                                           \
  "MHcCAQEEIDGPC2XaZv2ONhoPtq53HOUg6IseMd6NssdICok65oh5oAoGCCqGSM49\n"         \
  "AwEHoUQDQgAEET2D8HvEN3V77mOmc+pvkyr9crXdHJ6s6iPc2+eH18LeLLtmDlCs\n"         \
  "7x2Gvdst3QVW8pzUCqhUKyatuBLjbBcYmw==\n"                                     \
  "-----END EC PRIVATE KEY-----\n"

/* Of no use: its public half, one on P-384, the first with a pass phrase, and one
 * on Curve25519. */
#define PUBLIC_KEY                                                             \
  "-----BEGIN PUBLIC KEY-----\n"                                               \
  "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEET2D8HvEN3V77mOmc+pvkyr9crXd\n"         \
  "HJ6s6iPc2+eH18LeLLtmDlCs7x2Gvdst3QVW8pzUCqhUKyatuBLjbBcYmw==\n"             \
  "-----END PUBLIC KEY-----\n"
#define OTHER_CURVE                                                            \
  "-----BEGIN PRIVATE KEY-----\n"                                              \
  "MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDBE6BTzG1Sf63POFVhv\n"         \
  "wAP7f0Ao5Z20ww0e5V5o8ju1HadU0z78kc3Jg/V9elK2psehZANiAASoSwnJ+PpQ\n"         \
  "dCHWG0RWxfF3j1WdE6N2ZrP5ELtUNSgG1YYpjlQYzTB624sIyxFE81X8y+XBGfwQ\n"         \
  "2KI3TkB0PQHYCJ3t4OboEgju6+xqpuF+oxdvGPoigg+trvoJG8AuVC4=\n"                 \
  "-----END PRIVATE KEY-----\n"
#define ENCRYPTED                                                              \
  "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                                    \
  "MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAiC+HB+3GF6wQICCAAw\n"         \
  "DAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEARD0A1vkWtHnQdjrDltHHwEgZBV\n"         \
  "vxbuNE9uUHgGVYMWhXExKXfBJnBv0Os5eWhzMJ1/9VgM7M7+OYOI1Sm6Pit2bC31\n"         \
  "+0q+iHTybvNs1HF7dqjbeqJ/3SYuYTzQxThxfvDjMFabXjdEnHyB3om4cByKSwO/\n"         \
  "qXKPD4c79G4+IWfQcMi3GG0h/xXdv4jC1FNomZQJUEyvaoIWRZoP3Sfzlw9jkU4=\n"         \
  "-----END ENCRYPTED PRIVATE KEY-----\n"
#define ED25519                                                                \
  "-----BEGIN PRIVATE KEY-----\n"                                              \
  "MC4CAQAwBQYDK2VwBCIEIAfdFIk8aslMEVhsv7FPLeYuBzxAfmSBSkA6EJHYx08j\n"         \
  "-----END PRIVATE KEY-----\n"

static gchar *folder;
static gchar *path;

static void
setup (void)
{
  folder = g_dir_make_tmp ("discord-identity-XXXXXX", NULL);
  fail_unless (folder != NULL);
  path = g_build_filename (folder, "key", NULL);
}

static void
teardown (void)
{
  g_unlink (path);
  g_rmdir (folder);
  g_free (path);
  g_free (folder);
}

static void
write_file (const gchar *content, gssize length, gint mode)
{
  fail_unless (g_file_set_contents (path, content, length, NULL));
  fail_unless_equals_int (g_chmod (path, mode), 0);
}

/* Refused, in a sentence that names the file and not its content. */
static void
expect_refused (const gchar *why)
{
  g_auto (MlsKeyPair) key = MLS_KEY_PAIR_INIT;
  g_autoptr (GError) error = NULL;

  fail_if (discord_identity_file_check (path, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  g_clear_error (&error);
  fail_if (discord_identity_file_load (path, &key, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
  fail_unless (strstr (error->message, path) != NULL);
  fail_unless (strstr (error->message, why) != NULL, "%s", error->message);
}

static void
load (MlsKeyPair *key)
{
  g_autoptr (GError) error = NULL;

  if (!discord_identity_file_load (path, key, &error))
    ck_abort_msg ("%s", error->message);
}

GST_START_TEST (test_made)
{
  g_auto (MlsKeyPair) first = MLS_KEY_PAIR_INIT;
  g_auto (MlsKeyPair) second = MLS_KEY_PAIR_INIT;
  g_autofree gchar *content = NULL;
  GStatBuf status;

  /* A check makes nothing. */
  fail_unless (discord_identity_file_check (path, NULL));
  fail_if (g_file_test (path, G_FILE_TEST_EXISTS));

  load (&first);
  fail_unless_equals_int (g_stat (path, &status), 0);
  fail_unless_equals_int (status.st_mode & 07777, 0600);
  fail_unless (g_file_get_contents (path, &content, NULL, NULL));
  fail_unless (g_str_has_prefix (content, "-----BEGIN PRIVATE KEY-----\n"));
  fail_unless (discord_identity_file_check (path, NULL));
  load (&second);
  fail_unless (memcmp (&first, &second, sizeof first) == 0);
}

GST_END_TEST;

/* Readers of other users are refused whatever the umask of whoever made it. */
GST_START_TEST (test_made_with_any_umask)
{
  g_auto (MlsKeyPair) key = MLS_KEY_PAIR_INIT;
  mode_t before = umask (0);
  GStatBuf status;

  load (&key);
  umask (before);
  fail_unless_equals_int (g_stat (path, &status), 0);
  fail_unless_equals_int (status.st_mode & 07777, 0600);
}

GST_END_TEST;

GST_START_TEST (test_formats)
{
  static const guint8 scalar[32] = { 0x31, 0x8f, 0x0b, 0x65, 0xda, 0x66, 0xfd,
    0x8e, 0x36, 0x1a, 0x0f, 0xb6, 0xae, 0x77, 0x1c, 0xe5, 0x20, 0xe8, 0x8b,
    0x1e, 0x31, 0xde, 0x8d, 0xb2, 0xc7, 0x48, 0x0a, 0x89, 0x3a, 0xe6, 0x88,
    0x79 };
  g_auto (MlsKeyPair) raw = MLS_KEY_PAIR_INIT;
  g_auto (MlsKeyPair) pkcs8 = MLS_KEY_PAIR_INIT;
  g_auto (MlsKeyPair) sec1 = MLS_KEY_PAIR_INIT;

  write_file ((const gchar *) scalar, sizeof scalar, 0600);
  load (&raw);
  fail_unless (memcmp (raw.private_key.data, scalar, sizeof scalar) == 0);
  write_file ("A comment before it.\n" PKCS8, -1, 0400);
  load (&pkcs8);
  fail_unless (memcmp (&raw, &pkcs8, sizeof raw) == 0);
  write_file (SEC1, -1, 0600);
  load (&sec1);
  fail_unless (memcmp (&raw, &sec1, sizeof raw) == 0);
}

GST_END_TEST;

GST_START_TEST (test_open_to_others)
{
  static const gint modes[] = { 0640, 0604, 0620, 0602, 0610, 0601, 0777 };

  for (guint i = 0; i < G_N_ELEMENTS (modes); i++) {
    write_file (PKCS8, -1, modes[i]);
    expect_refused ("other users");
  }
}

GST_END_TEST;

/* Only root can give a file away. */
GST_START_TEST (test_of_another_user)
{
  write_file (PKCS8, -1, 0600);
  if (geteuid () != 0)
    return;
  fail_unless_equals_int (chown (path, 1, -1), 0);
  expect_refused ("belongs to another user");
}

GST_END_TEST;

GST_START_TEST (test_malformed)
{
  static const gchar zero[32] = { 0 };
  g_autofree gchar *large = g_strnfill (100000, 'a');
  g_autofree gchar *above_order = g_strnfill (32, '\xff');
  g_autofree gchar *cut = g_strndup (PKCS8, strlen (PKCS8) - 40);
  const struct
  {
    const gchar *content;
    gssize length;
  } files[] = {
    { "", 0 },
    { "not a key\n", -1 },
    { zero, sizeof zero },
    { above_order, 32 },
    { PKCS8, 31 },
    { cut, -1 },
    { large, -1 },
    { PUBLIC_KEY, -1 },
    { OTHER_CURVE, -1 },
    { ENCRYPTED, -1 },
    { ED25519, -1 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (files); i++) {
    write_file (files[i].content, files[i].length, 0600);
    expect_refused ("no private key on P-256");
  }
}

GST_END_TEST;

GST_START_TEST (test_no_file)
{
  g_autofree gchar *target = g_build_filename (folder, "target", NULL);

  /* A link, even to a good file, may be somebody else's. */
  write_file (PKCS8, -1, 0600);
  fail_unless_equals_int (g_rename (path, target), 0);
  fail_unless_equals_int (symlink (target, path), 0);
  expect_refused ("cannot be opened");
  /* A link to nothing makes nothing. */
  g_unlink (target);
  expect_refused ("cannot be opened");
  fail_if (g_file_test (target, G_FILE_TEST_EXISTS));
  g_unlink (path);

  fail_unless_equals_int (g_mkdir (path, 0700), 0);
  expect_refused ("is no regular file");
  g_rmdir (path);
  fail_unless_equals_int (mkfifo (path, 0600), 0);
  expect_refused ("is no regular file");
}

GST_END_TEST;

GST_START_TEST (test_cannot_be_made)
{
  g_auto (MlsKeyPair) key = MLS_KEY_PAIR_INIT;
  g_autofree gchar *nowhere = g_build_filename (folder, "missing", "key", NULL);
  g_autoptr (GError) error = NULL;

  fail_if (discord_identity_file_load (nowhere, &key, &error));
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
}

GST_END_TEST;

static gboolean
same_key (const DiscordIdentity *a, const DiscordIdentity *b)
{
  return memcmp (discord_identity_get_key (a)->public_key,
             discord_identity_get_key (b)->public_key, MLS_PUBLIC_KEY_SIZE)
      == 0;
}

GST_START_TEST (test_shared_by_account)
{
  DiscordIdentity *a = discord_identity_acquire (USER, NULL, NULL);
  DiscordIdentity *again = discord_identity_acquire (USER, NULL, NULL);
  DiscordIdentity *other = discord_identity_acquire (USER + 1, NULL, NULL);
  guint8 before[MLS_PUBLIC_KEY_SIZE];

  fail_unless (a != NULL && a == again);
  fail_if (same_key (a, other));
  memcpy (before, discord_identity_get_key (a)->public_key, sizeof before);
  discord_identity_release (a);
  a = discord_identity_acquire (USER, NULL, NULL);
  fail_unless (a == again);
  discord_identity_release (a);
  discord_identity_release (again);
  discord_identity_release (other);

  /* A new one once nobody uses it any more. */
  a = discord_identity_acquire (USER, NULL, NULL);
  fail_if (
      memcmp (discord_identity_get_key (a)->public_key, before, sizeof before)
      == 0);
  discord_identity_release (a);
}

GST_END_TEST;

GST_START_TEST (test_from_file)
{
  DiscordIdentity *a = discord_identity_acquire (USER, path, NULL);
  DiscordIdentity *b = discord_identity_acquire (USER + 1, path, NULL);
  g_autoptr (GError) error = NULL;

  fail_unless (a != NULL && b != NULL);
  fail_unless (same_key (a, b));
  /* One account has one key at a time. */
  fail_unless (discord_identity_acquire (USER, NULL, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_CONFLICT));
  discord_identity_release (a);
  a = discord_identity_acquire (USER, NULL, NULL);
  fail_unless (a != NULL);
  fail_if (same_key (a, b));
  discord_identity_release (a);
  discord_identity_release (b);

  g_clear_error (&error);
  fail_unless_equals_int (g_chmod (path, 0644), 0);
  fail_unless (discord_identity_acquire (USER, path, &error) == NULL);
  fail_unless (
      g_error_matches (error, GST_DISCORD_ERROR, GST_DISCORD_ERROR_SETTINGS));
}

GST_END_TEST;

static Suite *
identity_suite (void)
{
  Suite *s = suite_create ("identity");
  TCase *tc = tcase_create ("file");

  suite_add_tcase (s, tc);
  tcase_add_checked_fixture (tc, setup, teardown);
  tcase_add_test (tc, test_made);
  tcase_add_test (tc, test_made_with_any_umask);
  tcase_add_test (tc, test_formats);
  tcase_add_test (tc, test_open_to_others);
  tcase_add_test (tc, test_of_another_user);
  tcase_add_test (tc, test_malformed);
  tcase_add_test (tc, test_no_file);
  tcase_add_test (tc, test_cannot_be_made);
  tcase_add_test (tc, test_shared_by_account);
  tcase_add_test (tc, test_from_file);
  return s;
}

GST_CHECK_MAIN (identity);
