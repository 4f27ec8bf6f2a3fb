/** Letters of other scripts, and rare ones, that look like common Latin ones: what each looks like, then those that do. */
const ALIKE: readonly (readonly [string, string])[] = [
  ['a', 'аαɑᴀꭺ'],
  ['b', 'вβʙᏼƅꮟ'],
  ['c', 'сᴄꮯϲ'],
  ['d', 'ԁᴅꭰɗ'],
  ['e', 'еεᴇꭼҽєɛ'],
  ['f', 'ꜰƒϝ'],
  ['g', 'ɡɢꮐց'],
  ['h', 'һʜꮋհ'],
  ['i', 'іιıɪɩꭵ'],
  ['j', 'јᴊꭻϳ'],
  ['k', 'кκᴋꮶ'],
  ['l', 'ӏłʟꮮ'],
  ['m', 'мᴍꮇ'],
  ['n', 'ηɴոռ'],
  ['o', 'оοօøᴏσ'],
  ['p', 'рρᴘꮲ'],
  ['q', 'ԛզ'],
  ['r', 'ʀꮢꭱ'],
  ['s', 'ѕꜱꮪ'],
  ['t', 'тτᴛꭲ'],
  ['u', 'υսᴜ'],
  ['v', 'νѵᴠꮩ'],
  ['w', 'ԝωᴡꮃա'],
  ['x', 'хχҳ'],
  ['y', 'уүʏγꭹ'],
  ['z', 'ᴢꮓʐ'],
];

/** By the letter of the other script, in lower case: the Latin letter that it looks like. */
export const LOOKALIKES: ReadonlyMap<string, string> = new Map(
  ALIKE.flatMap(([latin, others]) => Array.from(others, (other) => [other.toLowerCase(), latin] as const)),
);
