# SPDX-License-Identifier: LGPL-2.1-or-later
"""An X server without a screen, and a window of known content on it."""

import ctypes
import os
import subprocess

from standin import PATIENCE, end_with_parent

SIZE = 640, 480


class XServer:
    """Xvfb on a display that is free."""

    def __enter__(self):
        reader, writer = os.pipe()
        self._process = subprocess.Popen(
            ['Xvfb', '-displayfd', str(writer), '-nolisten', 'tcp',
             '-screen', '0', f'{SIZE[0]}x{SIZE[1]}x24'],
            pass_fds=[writer], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent)
        os.close(writer)
        with os.fdopen(reader) as answer:
            number = answer.readline().strip()
        assert number, 'Xvfb does not start'
        self.display = f':{number}'
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(PATIENCE)


class Window:
    """A window of four fields, each of one colour (0xRRGGBB): top left, top
    right, bottom left, bottom right. The server draws them and needs nobody."""

    def __init__(self, server, width, height, colours):
        self._server = server
        self._size = width, height
        self._colours = colours

    def __enter__(self):
        xlib = self._xlib = ctypes.CDLL('libX11.so.6')
        for name in ('XOpenDisplay', 'XDefaultRootWindow',
                     'XCreateSimpleWindow'):
            getattr(xlib, name).restype = ctypes.c_ulong
        opened = xlib.XOpenDisplay(self._server.display.encode())
        assert opened, f'no X server on {self._server.display}'
        self._display = ctypes.c_void_p(opened)
        width, height = self._size
        self.id = self._make(
            xlib.XDefaultRootWindow(self._display), 0, 0, width, height, 0)
        for i, colour in enumerate(self._colours):
            self._make(self.id, i % 2 * (width // 2), i // 2 * (height // 2),
                       width // 2, height // 2, colour)
        # Drawn when this returns.
        xlib.XSync(self._display, 0)
        return self

    def _make(self, parent, x, y, width, height, colour):
        window = self._xlib.XCreateSimpleWindow(
            self._display, ctypes.c_ulong(parent), x, y, width, height, 0,
            ctypes.c_ulong(0), ctypes.c_ulong(colour))
        self._xlib.XMapWindow(self._display, ctypes.c_ulong(window))
        return window

    def __exit__(self, *_):
        self._xlib.XCloseDisplay(self._display)
