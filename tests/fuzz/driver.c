/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Runs a fuzz target without libFuzzer: every seed of a directory, then mutants
 * of them, the same ones each time. */

#include <glib.h>

#include "fuzz.h"

#define N_MUTANTS 5000
#define MAX_SIZE 4096
#define SEED 2

static gint
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(gchar *const *) a, *(gchar *const *) b);
}

static GPtrArray *
load_seeds (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *seeds =
      g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  const gchar *name;

  if (dir == NULL)
    g_error ("%s", error->message);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_strdup (name));
  /* The order of a directory is anybody's guess. */
  g_ptr_array_sort (names, compare_names);

  for (guint i = 0; i < names->len; i++) {
    g_autofree gchar *file = g_build_filename (path, names->pdata[i], NULL);
    gchar *content;
    gsize length;

    if (!g_file_get_contents (file, &content, &length, &error))
      g_error ("%s", error->message);
    g_ptr_array_add (seeds, g_bytes_new_take (content, length));
  }
  return seeds;
}

static void
run (const guint8 *data, gsize length)
{
  uint8_t *copy = fuzz_copy (data, length, 0);

  LLVMFuzzerTestOneInput (copy, length);
  free (copy);
}

static void
insert (GByteArray *input, guint at, const guint8 *data, guint length)
{
  guint behind = input->len - at;

  if (length == 0 || input->len + length > MAX_SIZE)
    return;
  g_byte_array_set_size (input, input->len + length);
  memmove (input->data + at + length, input->data + at, behind);
  memcpy (input->data + at, data, length);
}

/* Lengths and counts are where parsers break: their edges come often. */
static guint8
interesting_byte (GRand *rand)
{
  static const guint8 edges[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };

  if (g_rand_boolean (rand))
    return edges[g_rand_int_range (rand, 0, G_N_ELEMENTS (edges))];
  return g_rand_int (rand);
}

static void
mutate (GByteArray *input, GRand *rand, GBytes *other)
{
  guint at = g_rand_int_range (rand, 0, input->len + 1);
  guint rest = input->len - at;
  guint length = rest > 0 ? g_rand_int_range (rand, 0, rest + 1) : 0;
  guint8 byte = interesting_byte (rand);
  gsize size;
  const guint8 *data = g_bytes_get_data (other, &size);

  switch (g_rand_int_range (rand, 0, 7)) {
    case 0:
      if (rest > 0)
        input->data[at] ^= 1 << g_rand_int_range (rand, 0, 8);
      break;
    case 1:
      if (rest > 0)
        input->data[at] = byte;
      break;
    case 2:
      g_byte_array_set_size (input, at);
      break;
    case 3:
      if (length > 0)
        g_byte_array_remove_range (input, at, length);
      break;
    case 4:
      insert (input, at, &byte, 1);
      break;
    case 5: {
      g_autofree guint8 *piece = g_memdup2 (input->data + at, length);

      insert (input, at, piece, length);
      break;
    }
    default:
      insert (input, at, data, size);
      break;
  }
}

static void
run_mutant (GPtrArray *seeds, GRand *rand)
{
  GBytes *seed = seeds->pdata[g_rand_int_range (rand, 0, seeds->len)];
  GBytes *other = seeds->pdata[g_rand_int_range (rand, 0, seeds->len)];
  GByteArray *input = g_byte_array_new ();
  gint n_steps = g_rand_int_range (rand, 1, 6);

  g_byte_array_append (
      input, g_bytes_get_data (seed, NULL), g_bytes_get_size (seed));
  for (gint i = 0; i < n_steps; i++)
    mutate (input, rand, other);
  run (input->data, input->len);
  g_byte_array_unref (input);
}

int
main (int argc, char **argv)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (SEED);
  g_autoptr (GPtrArray) seeds = NULL;

  if (argc != 2) {
    fprintf (stderr, "usage: %s CORPUS-DIRECTORY\n", argv[0]);
    return EXIT_FAILURE;
  }
  seeds = load_seeds (argv[1]);
  if (seeds->len == 0)
    g_error ("%s: no seeds", argv[1]);

  run (NULL, 0);
  for (guint i = 0; i < seeds->len; i++) {
    gsize length;
    const guint8 *data = g_bytes_get_data (seeds->pdata[i], &length);

    run (data, length);
  }
  for (guint i = 0; i < N_MUTANTS; i++)
    run_mutant (seeds, rand);

  printf ("%u seeds, %u mutants\n", seeds->len, N_MUTANTS);
  return EXIT_SUCCESS;
}
