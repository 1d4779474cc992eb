#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Codecs, layers and wants, made and read from Python."""

import gc
import sys
import unittest

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstDiscord', '1.0')
from gi.repository import GLib, GObject, Gst, GstDiscord  # noqa: E402

Codec = GstDiscord.DiscordCodec


class Signaller(GObject.Object, GstDiscord.DiscordSignaller):
    """Joins nothing."""


def names(codecs):
    # What the list held must outlive it.
    gc.collect()
    return [codec.get_name() for codec in codecs]


class VideoTypes(unittest.TestCase):
    def setUp(self):
        self.connection = GstDiscord.DiscordConnection.new(Signaller(), 1, 2)

    def test_codecs(self):
        available = GstDiscord.discord_voice_codec_list_available()
        self.assertEqual(names(available)[0], 'opus')
        chosen = GstDiscord.discord_voice_codec_list_from_caps(
            Gst.Caps.from_string('H264;VP8,encode=false'))
        self.assertEqual(names(chosen), ['opus', 'H264', 'VP8'])
        self.assertEqual([codec.get_priority() for codec in chosen],
                         [1000, 1000, 2000])
        self.assertFalse(chosen[2].get_encode())
        self.assertEqual(chosen[1].get_codec(), Codec.H264)

        self.assertTrue(self.connection.set_codecs(chosen))
        self.assertEqual(names(self.connection.get_codecs()),
                         ['opus', 'H264', 'VP8'])
        with self.assertRaises(GLib.Error) as refused:
            self.connection.set_codecs(chosen[1:])
        self.assertTrue(refused.exception.matches(
            GstDiscord.discord_error_quark(),
            int(GstDiscord.DiscordError.SETTINGS)))

        self.connection.set_property('codecs', Gst.Caps.from_string('AV1'))
        caps = self.connection.get_property('codecs')
        self.assertEqual([caps.get_structure(i).get_name()
                          for i in range(caps.get_size())], ['opus', 'AV1'])

    def test_streams(self):
        best = GstDiscord.DiscordVoiceStream.new('100', 100)
        best.set_max_resolution(1280, 720)
        small = GstDiscord.DiscordVoiceStream.new('25', 25)
        small.set_active(False)
        with self.assertRaises(TypeError):
            GstDiscord.DiscordVoiceStream.new('no rid', 1)
        self.assertTrue(self.connection.set_video_streams([best, small]))
        offered = self.connection.get_video_streams()
        gc.collect()
        self.assertEqual([stream.get_rid() for stream in offered],
                         ['100', '25'])
        self.assertEqual(tuple(offered[0].get_max_resolution()),
                         (True, 1280, 720))
        self.assertFalse(offered[1].get_active())
        self.assertEqual(self.connection.get_user_streams(5), [])

        self.connection.set_property(
            'video-streams', Gst.Caps.from_string('screen,rid=(string)50'))
        offered = self.connection.get_video_streams()
        self.assertEqual(offered[0].get_quality(), 50)
        self.assertTrue(offered[0].get_screen())

    def test_wants(self):
        wants = GstDiscord.DiscordMediaSinkWants.new()
        wants.set_any(0)
        wants.set_quality(41201, 75)
        wants.set_pixel_count(41201, 921600)
        self.assertEqual(wants.resolve(41201), 75)
        self.assertEqual(wants.resolve(7), 0)
        self.assertEqual(
            [wants.get_ssrc(i) for i in range(wants.get_n_ssrcs())], [41201])
        self.connection.set_wants(wants)
        self.assertIsNone(self.connection.get_remote_wants())


if __name__ == '__main__':
    Gst.init(None)
    unittest.main(argv=sys.argv, verbosity=2)
