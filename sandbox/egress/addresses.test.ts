import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isPublicAddress } from './addresses.ts';

it.each([
  ['8.8.8.8'],
  ['93.184.215.14'],
  ['172.32.0.1'],
  ['100.128.0.1'],
  ['223.255.255.255'],
  ['2606:4700::6810:85e5'],
  ['2a00:1450:4001:800::200e'],
])('%s is public', (address) => expect(isPublicAddress(address)).toBe(true));

it.each([
  ['0.0.0.0', 'this host'],
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['192.168.1.1', 'private'],
  ['100.64.0.1', 'shared by a carrier'],
  ['100.100.100.200', 'metadata'],
  ['127.0.0.1', 'loopback'],
  ['127.255.255.254', 'loopback'],
  ['169.254.169.254', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['192.0.0.192', 'metadata'],
  ['192.0.2.1', 'documentation'],
  ['198.18.0.1', 'benchmarks'],
  ['224.0.0.1', 'multicast'],
  ['239.255.255.250', 'multicast'],
  ['240.0.0.1', 'reserved'],
  ['255.255.255.255', 'broadcast'],
  ['::', 'this host'],
  ['::1', 'loopback'],
  ['::ffff:8.8.8.8', 'IPv4, mapped'],
  ['::ffff:7f00:1', 'IPv4, mapped, in hex'],
  ['::127.0.0.1', 'IPv4, compatible'],
  ['64:ff9b::7f00:1', 'NAT64'],
  ['64:ff9b:1::1', 'NAT64, local'],
  ['100::1', 'discard'],
  ['2001::1', 'Teredo'],
  ['2001:20::1', 'ORCHID'],
  ['2001:db8::1', 'documentation'],
  ['2002:7f00:1::', '6to4'],
  ['3fff::1', 'documentation'],
  ['fc00::1', 'unique local'],
  ['fd00:ec2::254', 'metadata'],
  ['fe80::1', 'link local'],
  ['fe80::1%eth0', 'link local with its zone'],
  ['2606:4700::1%1', 'a zone where none can be'],
  ['fec0::1', 'site local'],
  ['ff02::1', 'multicast'],
  ['', 'nothing'],
  ['example.com', 'a name'],
  ['0177.0.0.1', 'another notation'],
  ['2130706433', 'another notation'],
])('%s is not public: %s', (address) => expect(isPublicAddress(address)).toBe(false));

it('no IPv4 address is public in an IPv6 wrapping', () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.constantFrom('::ffff:', '::', '64:ff9b::', '::ffff:0:'), (address, wrapping) => {
      expect(isPublicAddress(`${wrapping}${address}`)).toBe(false);
    }),
  );
});

it('is decided by the bits alone: any 10.x.y.z, and any IPv6 address outside of 2000::/3', () => {
  const word = fc.integer({ min: 0, max: 0xffff });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xffffff }), fc.array(word, { minLength: 8, maxLength: 8 }), (low, words) => {
      expect(isPublicAddress(`10.${low >> 16}.${(low >> 8) & 255}.${low & 255}`)).toBe(false);
      const global = ((words[0] ?? 0) & 0xe000) === 0x2000;
      const address = words.map((part) => part.toString(16)).join(':');
      if (!global) expect(isPublicAddress(address)).toBe(false);
    }),
  );
});
