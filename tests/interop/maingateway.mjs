// SPDX-License-Identifier: LGPL-2.1-or-later
// As much of a main gateway client as the voice library asks of its host: log
// in, keep the connection, pass voice events on and voice states out.

import { EventEmitter } from 'node:events';
import WebSocket from 'ws';

const GUILDS = 1 << 0;
const GUILD_VOICE_STATES = 1 << 7;
const Op = { Dispatch: 0, Heartbeat: 1, Identify: 2, Hello: 10 };

export class MainGateway extends EventEmitter {
  #url;
  #token;
  #socket;
  #timer;
  #sequence = null;
  #adapters = new Map();
  #ready;
  #refused;

  constructor(url, token) {
    super();
    this.#url = url.replace(/\/*$/, '/') + '?v=10&encoding=json';
    this.#token = token;
  }

  /** Resolves with our user id once logged in. */
  connect() {
    return new Promise((resolve, reject) => {
      this.#ready = resolve;
      this.#refused = reject;
      this.#socket = new WebSocket(this.#url);
      this.#socket.on('message', (data) => this.#receive(JSON.parse(data)));
      this.#socket.on('error', (error) => this.#end(error));
      this.#socket.on('close', (code) =>
        this.#end(new Error(`main gateway closed: ${code}`)));
    });
  }

  /** What joinVoiceChannel() wants as its adapterCreator. */
  adapterFor(guild) {
    return (methods) => {
      this.#adapters.set(guild, methods);
      return {
        sendPayload: (payload) => {
          if (this.#socket.readyState !== WebSocket.OPEN) {
            return false;
          }
          this.#send(payload);
          return true;
        },
        destroy: () => this.#adapters.delete(guild),
      };
    };
  }

  close() {
    clearInterval(this.#timer);
    this.#socket.removeAllListeners('close');
    this.#socket.close(1000);
  }

  #end(error) {
    clearInterval(this.#timer);
    this.#refused(error);
    this.emit('error', error);
  }

  #send(message) {
    this.#socket.send(JSON.stringify(message));
  }

  #receive({ op, t: name, s: sequence, d: data }) {
    switch (op) {
      case Op.Hello:
        this.#timer = setInterval(
          () => this.#send({ op: Op.Heartbeat, d: this.#sequence }),
          data.heartbeat_interval);
        this.#identify();
        break;
      case Op.Heartbeat:
        this.#send({ op: Op.Heartbeat, d: this.#sequence });
        break;
      case Op.Dispatch:
        this.#sequence = sequence;
        this.#dispatch(name, data);
        break;
    }
  }

  #identify() {
    this.#send({
      op: Op.Identify,
      d: {
        token: this.#token,
        intents: GUILDS | GUILD_VOICE_STATES,
        properties: { os: 'linux', browser: 'interop', device: 'interop' },
      },
    });
  }

  #dispatch(name, data) {
    const adapter = this.#adapters.get(data.guild_id);

    if (name === 'READY') {
      this.user = data.user.id;
      this.#ready(data.user.id);
    } else if (name === 'VOICE_SERVER_UPDATE') {
      adapter?.onVoiceServerUpdate(data);
    } else if (name === 'VOICE_STATE_UPDATE' && data.user_id === this.user) {
      adapter?.onVoiceStateUpdate(data);
    }
  }
}
