// SPDX-License-Identifier: LGPL-2.1-or-later
// werift, unmodified, as the other side of RTP and RTCP: JSON lines on stdin,
// one answer to each on stdout. Bytes are base64.
//
// Commands: {"do": "packetize", "codec", "options", "frames": [{"data",
//            "time", "key"}]}       RTP packets, a list for each frame
//           {"do": "depacketize", "codec", "packets"}    headers and frames, in
//            the way its receiver does it: jitter buffer, then depacketizer
//           {"do": "wrap", "packets", "pt", "ssrc", "sequence"}    RFC 4588
//           {"do": "unwrap", "packets", "pt", "ssrc"}              and back
//           {"do": "read", "data"}        the packets of RTCP
//           {"do": "write", "kind", ...}  one packet of RTCP
// Events:   versions, answer, error

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import {
  Av1Packetizer,
  H264Packetizer,
  H265Packetizer,
  RtpPacket,
  Vp8Packetizer,
  Vp9Packetizer,
  unwrapRtx,
  wrapRtx,
} from 'werift';
import { DepacketizeBase, JitterBufferBase } from 'werift/nonstandard';
import { read, write } from './rtcppeer.mjs';

const CLOCK_RATE = 90000;
// Its names of depacketizers, its packetizers.
const codecs = {
  AV1: ['AV1', Av1Packetizer],
  H264: ['MPEG4/ISO/AVC', H264Packetizer],
  H265: ['H265', H265Packetizer],
  VP8: ['VP8', Vp8Packetizer],
  VP9: ['VP9', Vp9Packetizer],
};

const bytes = (text) => Buffer.from(text, 'base64');
const text = (data) => Buffer.from(data).toString('base64');
const parse = (packets) =>
  packets.map((packet) => RtpPacket.deSerialize(bytes(packet)));
const serialize = (packets) =>
  packets.map((packet) => text(packet.serialize()));

function packetize({ codec, options, frames }) {
  const packetizer = new codecs[codec][1](options);
  return frames.map(({ data, time, key }) => serialize(
    packetizer.packetize(bytes(data), time, { isKeyframe: key })));
}

function describe({ header, payload }) {
  return {
    pt: header.payloadType,
    ssrc: header.ssrc,
    sequence: header.sequenceNumber,
    time: header.timestamp,
    marker: header.marker,
    extensions: header.extensions.map(({ id, payload: data }) =>
      ({ id, data: text(data) })),
    size: payload.length,
  };
}

function depacketize({ codec, packets }) {
  const arrived = parse(packets);
  const headers = arrived.map(describe);
  const jitterBuffer = new JitterBufferBase(CLOCK_RATE);
  const depacketizer = new DepacketizeBase(codecs[codec][0], {
    isFinalPacketInSequence: (header) => header.marker,
  });
  const frames = arrived
    .flatMap((rtp) => jitterBuffer.processInput({ rtp }))
    .flatMap((ready) => depacketizer.processInput(ready))
    .map(({ frame }) => ({
      data: text(frame.data),
      time: frame.timestamp,
      key: frame.isKeyframe,
    }));
  return { headers, frames };
}

function wrap({ packets, pt, ssrc, sequence }) {
  return serialize(parse(packets).map((packet, i) =>
    wrapRtx(packet, pt, (sequence + i) & 0xffff, ssrc)));
}

function unwrap({ packets, pt, ssrc }) {
  return serialize(parse(packets).map((rtx) => unwrapRtx(rtx, pt, ssrc)));
}

const commands = {
  packetize,
  depacketize,
  wrap,
  unwrap,
  read: ({ data }) => read(bytes(data)),
  write: (fields) => text(write(fields)),
};

function report(event, fields) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

const manifest = new URL('node_modules/werift/package.json', import.meta.url);
report('versions', {
  node: process.versions.node,
  peer: JSON.parse(readFileSync(manifest)).version,
});
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const { do: name, ...fields } = JSON.parse(line);
  try {
    report('answer', { answer: commands[name](fields) });
  } catch (error) {
    report('error', { message: String(error?.stack ?? error) });
  }
});
input.on('close', () => process.exit(0));
