import { describe, expect, it } from 'vitest';
import { connectTarget, endToEndHeaders, plainTarget } from './request.ts';

describe('a tunnel', () => {
  it.each([
    ['example.com:443', [], { host: 'example.com', port: 443 }],
    ['Example.com:443', ['Host', 'example.com:443'], { host: 'example.com', port: 443 }],
    ['example.com:443', ['host', 'example.com'], { host: 'example.com', port: 443 }],
    ['example.com:22', ['Host', 'example.com:22'], { host: 'example.com', port: 22 }],
  ])('to %s with %j is understood', (target, headers, expected) => {
    expect(connectTarget(target, headers)).toEqual(expected);
  });

  it.each([
    ['example.com', []],
    ['example.com:', []],
    ['example.com:0443', []],
    ['example.com:443/', []],
    ['example.com:443:443', []],
    ['user@example.com:443', []],
    ['http://example.com:443', []],
    ['example.com\0.evil.com:443', []],
    ['example.com.:443', []],
    ['127.0.0.1:443', []],
    ['[::1]:443', []],
    ['2130706433:443', []],
    ['example.com:443', ['Host', 'other.com:443']],
    ['example.com:443', ['Host', 'example.com:80']],
    ['example.com:443', ['Host', 'example.com', 'HOST', 'example.com']],
  ])('to %j with %j is refused', (target, headers) => {
    expect(connectTarget(target, headers)).toHaveProperty('improper');
  });
});

describe('a plain request', () => {
  const host = ['Host', 'example.com'];

  it.each([
    ['http://example.com/a?b', host, '/a?b', 80],
    ['HTTP://example.com', host, '/', 80],
    ['http://example.com?q', host, '/?q', 80],
    ['http://example.com:8080/', ['Host', 'EXAMPLE.com:8080'], '/', 8080],
    ['http://example.com/', [...host, 'Content-Length', '3'], '/', 80],
    ['http://example.com/', [...host, 'Transfer-Encoding', 'Chunked'], '/', 80],
  ])('for %s with %j is understood', (target, headers, path, port) => {
    expect(plainTarget(target, headers)).toEqual({ host: 'example.com', port, path });
  });

  it.each([
    ['/', host],
    ['*', host],
    ['https://example.com/', host],
    ['ftp://example.com/', host],
    ['http:///', host],
    ['http://user@example.com/', host],
    ['http://example.com@evil.com/', host],
    ['http://example.com\\@evil.com/', host],
    ['http://example.com#@evil.com/', host],
    ['http://example.com:80:80/', host],
    ['http://169.254.169.254/', ['Host', '169.254.169.254']],
    ['http://example.com/', []],
    ['http://example.com/', ['Host', 'evil.com']],
    ['http://example.com/', ['Host', 'example.com:81']],
    ['http://example.com/', [...host, ...host]],
    ['http://example.com/', [...host, 'Content-Length', '3', 'content-length', '3']],
    ['http://example.com/', [...host, 'Content-Length', '+3']],
    ['http://example.com/', [...host, 'Content-Length', '3', 'Transfer-Encoding', 'chunked']],
    ['http://example.com/', [...host, 'Transfer-Encoding', 'gzip, chunked']],
    ['http://example.com/', [...host, 'Transfer-Encoding', '\x0bchunked']],
  ])('for %j with %j is refused', (target, headers) => {
    expect(plainTarget(target, headers)).toHaveProperty('improper');
  });
});

it('headers of the connection are not passed on, and none that say how long the body is can be taken away', () => {
  const raw = ['Host', 'a', 'Connection', 'X-Hop, host, content-length', 'X-Hop', '1', 'Content-Length', '3'];
  const more = [
    'Proxy-Authorization',
    'secret',
    'Upgrade',
    'h2c',
    'TE',
    'trailers',
    'Set-Cookie',
    'a',
    'set-cookie',
    'b',
  ];
  expect(endToEndHeaders([...raw, ...more])).toEqual([
    'Host',
    'a',
    'Content-Length',
    '3',
    'Set-Cookie',
    'a',
    'set-cookie',
    'b',
  ]);
});
