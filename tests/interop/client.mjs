// SPDX-License-Identifier: LGPL-2.1-or-later
// The other side of the interop tests: @discordjs/voice, unmodified, driven by
// JSON lines on stdin and reporting JSON lines on stdout.
//
// Commands: {"do": "join", "gateway", "token", "guild", "channel"}
//           {"do": "subscribe", "user"}      packets of that user from now on
//           {"do": "play", "packets": [...]} base64, one Opus packet each
//           {"do": "leave"}                  and "join" again, if that is wanted
// Events:   versions, ready, speaker, packet, played, left, error, and with
//           {"do": "join", "dave": true, ...} also transitioned and dave

import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import {
  AudioPlayerStatus,
  EndBehaviorType,
  StreamType,
  VoiceConnectionStatus,
  createAudioPlayer,
  createAudioResource,
  joinVoiceChannel,
  version,
} from '@discordjs/voice';
import { MainGateway } from './maingateway.mjs';

function report(event, fields = {}) {
  process.stdout.write(JSON.stringify({ event, ...fields }) + '\n');
}

function fail(error) {
  report('error', { message: String(error?.message ?? error) });
}

let gateway;
let connection;

async function join({ gateway: url, token, guild, channel, dave = false }) {
  gateway = new MainGateway(url, token);
  gateway.on('error', fail);
  const user = await gateway.connect();

  connection = joinVoiceChannel({
    guildId: guild,
    channelId: channel,
    selfDeaf: false,
    selfMute: false,
    daveEncryption: dave,
    debug: dave,
    adapterCreator: gateway.adapterFor(guild),
  });
  connection.on('error', fail);
  connection.on(VoiceConnectionStatus.Ready, () => {
    const { networking } = connection.state;
    const { connectionData } = networking.state;
    report('ready', { user, mode: connectionData.encryptionMode });
  });
  connection.on(VoiceConnectionStatus.Destroyed, () => report('left'));
  connection.on('transitioned', (transition) => report('transitioned', {
    transition,
    code: connection.voicePrivacyCode,
  }));
  connection.on('debug', (message) => {
    if (message.includes('[DAVE]')) {
      report('dave', { message: message.replace(/.*\[DAVE\] /, '') });
    }
  });
  // Packets of an SSRC it knows no user for are dropped by the client, so the
  // test has to know when it does.
  connection.receiver.ssrcMap.on('create', ({ userId, audioSSRC }) =>
    report('speaker', { user: userId, ssrc: audioSSRC }));
}

function subscribe({ user }) {
  if (connection.receiver.subscriptions.has(user)) {
    return;
  }
  const stream = connection.receiver.subscribe(user, {
    end: { behavior: EndBehaviorType.Manual },
  });
  stream.on('data', (packet) =>
    report('packet', { user, data: packet.toString('base64') }));
  stream.on('error', fail);
}

function play({ packets }) {
  // All of it ready before the player asks: what is late becomes silence.
  const source = new Readable({
    objectMode: true,
    highWaterMark: packets.length + 1,
    read() {},
  });
  for (const packet of packets) {
    source.push(Buffer.from(packet, 'base64'));
  }
  source.push(null);

  const player = createAudioPlayer();
  player.on('error', fail);
  player.on(AudioPlayerStatus.Idle, () => report('played'));
  connection.subscribe(player);
  player.play(createAudioResource(source, { inputType: StreamType.Opus }));
}

function leave() {
  connection.destroy();
  gateway.close();
}

const commands = { join, subscribe, play, leave };

report('versions', { node: process.versions.node, client: version });
const input = createInterface({ input: process.stdin });
input.on('line', (line) => {
  const { do: name, ...fields } = JSON.parse(line);
  Promise.resolve().then(() => commands[name](fields)).catch(fail);
});
input.on('close', () => process.exit(0));
