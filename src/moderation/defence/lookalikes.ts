/** Letters of other scripts, and rare ones, that look like common Latin ones: what each looks like, then those that do. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['a', 'аαɑᴀꭺ'],
  ['b', 'вβʙᏼƅꮟьßɓƀ'],
  ['c', 'сᴄꮯςƈ'],
  ['d', 'ԁᴅꭰɗđ'],
  ['e', 'еεᴇꭼҽєɛ'],
  ['f', 'ꜰƒϝ'],
  ['g', 'ɡɢꮐցǥɠ'],
  ['h', 'һʜꮋհħɦ'],
  ['i', 'іιıɪɩꭵ'],
  ['j', 'јᴊꭻϳ'],
  ['k', 'кκᴋꮶƙ'],
  ['l', 'ӏłʟꮮ'],
  ['m', 'мᴍꮇ'],
  ['n', 'ηɴոռпƞ'],
  ['o', 'оοօøᴏσθөɵ'],
  ['p', 'рρᴘꮲƥþ'],
  ['q', 'ԛզ'],
  ['r', 'ʀꮢꭱ'],
  ['s', 'ѕꜱꮪʂ'],
  ['t', 'тτᴛꭲŧƭ'],
  ['u', 'υսᴜ'],
  ['v', 'νѵᴠꮩ'],
  ['w', 'ԝωᴡꮃաшɯ'],
  ['x', 'хχҳ'],
  ['y', 'уүʏγꭹɏƴ'],
  ['z', 'ᴢꮓʐƶ'],
];

/** By the letter of the other script, in lower case: the Latin letter that it looks like. */
export const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  ALIKE.flatMap(([latin, others]) => Array.from(others, (other) => [other.toLowerCase(), latin] as const)),
);
