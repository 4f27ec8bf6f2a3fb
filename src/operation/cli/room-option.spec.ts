import { withRoomFirst } from './room-option.js';

it.each([
  ['room set --room lobby --name Lobby', 'room set lobby --name Lobby'],
  ['room set --name Lobby --room=lobby', 'room set lobby --name Lobby'],
  ['room --room lobby delete --yes', 'room delete lobby --yes'],
  ['room question add --room lobby why because', 'room question add lobby why because'],
  ['room expect 50 2h --room lobby', 'room expect lobby 50 2h'],
])('the option --room reads %s as %s', (given, expected) => {
  expect(withRoomFirst(given.split(' '))).toEqual(expected.split(' '));
});

it.each(['room set lobby --name Lobby', 'mod add 05 --room lobby', 'room set -- --room'])(
  'the option --room does not change %s',
  (given) => {
    expect(withRoomFirst(given.split(' '))).toEqual(given.split(' '));
  },
);

it('the option --room fails without a token', () => {
  expect(() => withRoomFirst(['room', 'set', '--room'])).toThrow('token');
});
