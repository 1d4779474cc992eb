/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "report.h"
#include "settings.h"

#include <libsoup/soup.h>

/* The parts of a running stand-in; all of it belongs to its one thread. */
typedef struct _LbCore LbCore;
typedef struct _LbPeer LbPeer;
typedef struct _LbMainSession LbMainSession;
typedef struct _LbWorld LbWorld;
typedef struct _LbVoiceState LbVoiceState;
typedef struct _LbVoiceServer LbVoiceServer;
typedef struct _LbVoiceSession LbVoiceSession;

struct _LbCore
{
  GMainContext *context;
  LbSettings *settings;
  LbReport *report;
  GRand *rand;
  GTlsCertificate *certificate; /* NULL: no TLS */
  SoupServer *http;
  guint port;
  GHashTable *sessions; /* session id -> LbMainSession, owned */
  GHashTable *main_conns; /* set of the main gateway's sockets, owned */
  LbWorld *world;
  GPtrArray *voice_servers; /* LbVoiceServer, owned */
  GPtrArray *schedule; /* GSource, timed actions */
  LoopbackTap tap;
  gpointer tap_data;
};

LbCore *lb_core_new (LbSettings *settings, LbReport *report,
    GMainContext *context, LoopbackTap tap, gpointer tap_data, GError **error);
void lb_core_free (LbCore *self);

/* A listening server on 127.0.0.1 with the core's TLS settings. */
SoupServer *lb_core_listen (
    LbCore *self, guint port, guint *bound, GError **error);
char *lb_core_url (LbCore *self, const char *scheme, guint port);

/* One shot; attached to the core's context. Destroy and unref, for instance
 * with lb_source_clear(). */
GSource *lb_core_timeout (
    LbCore *self, guint ms, GSourceFunc func, gpointer data);
void lb_source_clear (GSource **source);

guint64 lb_core_random64 (LbCore *self);
gboolean lb_core_chance (LbCore *self, double probability);
/* 16 hex digits. */
char *lb_core_random_name (LbCore *self);

guint64 lb_token_user (const char *token);
