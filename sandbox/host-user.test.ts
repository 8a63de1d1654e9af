import { expect, it } from 'vitest';
import { chooseHostUser } from './host-user.ts';

const passwd = 'root:x:0:0:root:/root:/bin/sh\nada:x:1001:1002:Ada:/home/ada:/bin/sh\n';
const choose = (self: number | null, ownerUid: number, asked: string | null) =>
  chooseHostUser({ self, owner: { uid: ownerUid, gid: 7 }, asked, passwd }, '/work');
const ada = { name: 'ada', uid: 1001, gid: 1002, home: '/home/ada' };

it('without root there is only the caller', () => {
  expect(choose(1001, 1001, null)).toBeNull();
  expect(() => choose(1001, 1001, 'ada')).toThrow('only root can run commands as another user');
});

it('root runs commands as the owner of the folder, or as whom it names', () => {
  expect(choose(0, 1001, null)).toEqual(ada);
  expect(choose(0, 0, 'ada')).toEqual(ada);
  expect(choose(0, 0, '1001')).toEqual(ada);
  expect(choose(0, 5000, null)).toMatchObject({ name: '5000', uid: 5000, gid: 7 });
});

it('root runs them as root only when it says so', () => {
  expect(() => choose(0, 0, null)).toThrow('commands would run as root, who can read the keys that Drydock holds');
  expect(choose(0, 0, 'root')).toBeNull();
  expect(choose(0, 1001, 'root')).toBeNull();
});

it('names a user that is not there', () => {
  expect(() => choose(0, 0, 'bob')).toThrow('there is no user bob');
});
