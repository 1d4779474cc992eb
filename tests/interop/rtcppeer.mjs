// SPDX-License-Identifier: LGPL-2.1-or-later
// RTCP as werift writes and reads it.

import {
  GenericNack,
  PictureLossIndication,
  ReceiverEstimatedMaxBitrate,
  RecvDelta,
  RtcpHeader,
  RtcpPacketConverter,
  RtcpPayloadSpecificFeedback,
  RtcpReceiverInfo,
  RtcpRrPacket,
  RtcpSenderInfo,
  RtcpSourceDescriptionPacket,
  RtcpSrPacket,
  RtcpTransportLayerFeedback,
  RunLengthChunk,
  SourceDescriptionChunk,
  SourceDescriptionItem,
  StatusVectorChunk,
  TransportWideCC,
} from 'werift';

const CNAME = 1;
const TRANSPORT_FEEDBACK = 205;

const readers = new Map([
  [GenericNack, ({ senderSsrc, mediaSourceSsrc, lost }) => (
    { kind: 'nack', sender: senderSsrc, media: mediaSourceSsrc, lost })],
  [PictureLossIndication, ({ senderSsrc, mediaSsrc }) => (
    { kind: 'pli', sender: senderSsrc, media: mediaSsrc })],
  [RtcpRrPacket, ({ ssrc, reports }) => (
    { kind: 'rr', sender: ssrc, reports: reports.map((r) => r.toJSON()) })],
  [RtcpSourceDescriptionPacket, ({ chunks }) => ({
    kind: 'sdes',
    sources: chunks.map(({ source, items }) => (
      { ssrc: source, items: items.map(({ type, text }) => [type, text]) })),
  })],
]);

export function read(data) {
  return RtcpPacketConverter.deSerialize(data).map((packet) => {
    const content = packet.feedback ?? packet;
    return readers.get(content.constructor)(content);
  });
}

const payloadFeedback = (feedback) =>
  new RtcpPayloadSpecificFeedback({ feedback });

function makeTwcc({ sender, media, base, count, reference, number, chunks,
  deltas }) {
  return new RtcpTransportLayerFeedback({
    feedback: new TransportWideCC({
      header: new RtcpHeader({
        type: TRANSPORT_FEEDBACK,
        count: TransportWideCC.count,
        padding: true,
      }),
      senderSsrc: sender,
      mediaSourceSsrc: media,
      baseSequenceNumber: base,
      packetStatusCount: count,
      referenceTime: reference,
      fbPktCount: number,
      packetChunks: chunks.map((chunk) => (chunk.symbols
        ? new StatusVectorChunk({ symbolSize: chunk.size - 1,
          symbolList: chunk.symbols })
        : new RunLengthChunk({ packetStatus: chunk.status,
          runLength: chunk.length }))),
      recvDeltas: deltas.map((delta) => new RecvDelta({ delta })),
    }),
  });
}

const writers = {
  nack: ({ sender, media, lost }) => new RtcpTransportLayerFeedback({
    feedback: new GenericNack({ senderSsrc: sender, mediaSourceSsrc: media,
      lost }),
  }),
  pli: ({ sender, media }) => payloadFeedback(
    new PictureLossIndication({ senderSsrc: sender, mediaSsrc: media })),
  remb: ({ sender, exponent, mantissa, ssrcs }) => payloadFeedback(
    new ReceiverEstimatedMaxBitrate({ senderSsrc: sender, mediaSsrc: 0,
      ssrcNum: ssrcs.length, brExp: exponent, brMantissa: mantissa,
      ssrcFeedbacks: ssrcs })),
  twcc: makeTwcc,
  rr: ({ sender, reports }) => new RtcpRrPacket({
    ssrc: sender,
    reports: reports.map((report) => new RtcpReceiverInfo(report)),
  }),
  sr: ({ sender, ntp, time, packets, octets }) => new RtcpSrPacket({
    ssrc: sender,
    senderInfo: new RtcpSenderInfo({ ntpTimestamp: BigInt(ntp),
      rtpTimestamp: time, packetCount: packets, octetCount: octets }),
  }),
  sdes: ({ ssrc, cname }) => new RtcpSourceDescriptionPacket({
    chunks: [new SourceDescriptionChunk({
      source: ssrc,
      items: [new SourceDescriptionItem({ type: CNAME, text: cname })],
    })],
  }),
};

export function write({ kind, ...fields }) {
  return writers[kind](fields).serialize();
}
