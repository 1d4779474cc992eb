# SPDX-License-Identifier: LGPL-2.1-or-later
"""werift as a process that packetises, depacketises and speaks RTCP."""

import base64

from nodeprocess import NodeProcess

PAYLOAD_MAX = 1200


def _text(data):
    return base64.b64encode(data).decode()


def _texts(packets):
    return [_text(packet) for packet in packets]


def _bytes(texts):
    return [base64.b64decode(text) for text in texts]


class RtpPeer(NodeProcess):
    """Asked one thing after the other."""

    def __init__(self):
        super().__init__('rtppeer.mjs')
        self._asked = 0

    def ask(self, name, **fields):
        self._asked += 1
        self.tell(name, **fields)
        event = self.wait_for_any(('answer', 'error'), self._asked)
        assert event['event'] == 'answer', f'{name}: {event["message"]}'
        return event['answer']

    def packetize(self, codec, frames, **options):
        """`frames`: (bytes, RTP time, whether a keyframe). A list of packets
        for each."""
        return [_bytes(packets) for packets in self.ask(
            'packetize', codec=codec,
            options={'maxPayloadSize': PAYLOAD_MAX, **options},
            frames=[{'data': _text(data), 'time': time, 'key': key}
                    for data, time, key in frames])]

    def depacketize(self, codec, packets):
        """The headers as it reads them, and (bytes, RTP time, whether
        a keyframe) of each frame."""
        answer = self.ask('depacketize', codec=codec, packets=_texts(packets))
        return answer['headers'], [
            (base64.b64decode(frame['data']), frame['time'], frame['key'])
            for frame in answer['frames']]

    def wrap(self, packets, **fields):
        return _bytes(self.ask('wrap', packets=_texts(packets), **fields))

    def unwrap(self, packets, **fields):
        return _bytes(self.ask('unwrap', packets=_texts(packets), **fields))

    def read_rtcp(self, data):
        return self.ask('read', data=_text(data))

    def write_rtcp(self, kind, **fields):
        return base64.b64decode(self.ask('write', kind=kind, **fields))
