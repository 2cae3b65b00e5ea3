import http from 'node:http';
import https from 'node:https';
import type { IncomingMessage } from 'node:http';
import { networkError } from './network-error.ts';
import { publicAddress } from './address.ts';

export interface SendOptions {
  method: string;
  headers: Readonly<Record<string, string>>;
  /** Until the head of the answer is here, ms. */
  connectMs: number;
  signal: AbortSignal;
}

const USER_AGENT = 'vitrine';

/**
 * Sends one request and gives the head of the answer. node:http and not fetch, which unpacks bodies unasked: a part of
 * a compressed body is no part of the file. HTTPS_PROXY and NO_PROXY are heeded.
 */
export async function sendRequest(url: URL, options: SendOptions): Promise<IncomingMessage> {
  const { method, headers, connectMs, signal } = options;
  const protocol = url.protocol === 'https:' ? https : http;
  // A connection for each request: nothing of one is left for the next.
  const agent = new protocol.Agent({ keepAlive: false, proxyEnv: process.env });
  return new Promise((resolve, reject) => {
    const request = protocol.request(url, {
      agent,
      method,
      signal,
      headers: { 'user-agent': USER_AGENT, 'accept-encoding': 'identity', ...headers },
    });
    const timer = setTimeout(() => {
      request.destroy(
        networkError('timeout', `${publicAddress(url)} does not answer (waited ${Math.round(connectMs / 1000)} s).`),
      );
    }, connectMs);
    request.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    request.on('response', (message) => {
      clearTimeout(timer);
      resolve(message);
    });
    request.end();
  });
}
