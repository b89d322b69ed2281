// Latin letters by their Chinese names; a Chinese voice would read them as pinyin.
const NAMES =
  '诶 必 西 迪 伊 艾弗 吉 艾尺 艾 杰 开 艾勒 艾姆 艾恩 欧 屁 丘 阿尔 艾丝 提 优 维 达不溜 艾克斯 外 贼'.split(
    ' ',
  )

export const toLetterNames = (letters: string): string =>
  [...letters.toLowerCase()].map(letter => NAMES[letter.charCodeAt(0) - 97] ?? '').join('')
