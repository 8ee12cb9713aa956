/**
 * Whether a password is among those that are guessed first. Not a measure of strength: NIST SP 800-63B asks for a list
 * of the commonly used and expected ones, and against rules of composition. Login throttling does the rest.
 */

/** Lower case. Those shorter than eight characters are here for policies that allow them. */
const common: ReadonlySet<string> = new Set(
  `
  password password1 password2 password12 password123 password1234 password12345 password! password1!
  passw0rd passw0rd1 passw0rd123 p@ssword p@ssword1 p@ssw0rd p@ssw0rd1 p@55w0rd pa$$word pa$$w0rd pa55word pass1234 pass12345
  passpass passwort passwort1 passwort123 motdepasse contrasena contraseña wachtwoord parola123 senha123 mypassword
  thepassword yourpassword newpassword nopassword changeme changeme1 changeme123 change_me changethis default default1
  letmein letmein1 letmein123 letmein! welcome welcome1 welcome12 welcome123 welcome! welcome1! willkommen bienvenue
  admin admin1 admin12 admin123 admin1234 admin12345 adminadmin administrator administrator1 root toor rootroot root1234
  user user1234 useruser username guest guest123 guest1234 test test123 test1234 test12345 testtest testing testing1
  testing123 tester123 demo1234 demodemo example1 temp1234 temporary sample123 secret secret1 secret12 secret123
  topsecret master master1 master123 login login123 login1234 access access14 access123 system system123 manager manager1
  manager123 server123 oracle oracle123 mysql123 postgres postgres1 database cisco123 computer computer1 internet internet1
  qwerty qwerty1 qwerty12 qwerty123 qwerty1234 qwerty12345 qwertyui qwertyuiop qwertz qwertzui azerty azerty123 azertyuiop
  asdfgh asdfghjk asdfghjkl asdf1234 asdfasdf zxcvbn zxcvbnm zxcvbnm1 zaq12wsx zaq1zaq1 zaq1xsw2 1q2w3e4r 1q2w3e4r5t
  1q2w3e4r5t6y 1qaz2wsx 1qaz2wsx3edc 1qazxsw2 qazwsx qazwsxedc q1w2e3r4 q1w2e3r4t5 qweasd qweasdzxc qwe123 qwe12345
  qweqwe123 a1b2c3d4 a1s2d3f4 aa123456 a1234567 a12345678 abc123 abc12345 abcd1234 abcde123 abcdef123 123abc 123456a
  123qweasd 123qwe 123qwe123 1234qwer 12345qwert 123321 12344321 11223344 112233445566 147258369 159357 741852963 789456123
  963852741 987654321 13579246 24681357 31415926 1qazzaq1 iloveyou iloveyou1 iloveyou2 iloveyou! ilovegod lovelove loveyou1
  loveme123 mylove12 princess princess1 sunshine sunshine1 football football1 baseball baseball1 basketball soccer12
  superman superman1 batman123 spiderman starwars starwars1 pokemon1 pokemon123 minecraft minecraft1 dragon dragon12
  dragon123 monkey monkey12 monkey123 shadow12 shadow123 michael1 jennifer jennifer1 charlie1 jordan23 ashley12 michelle
  samantha whatever whatever1 trustno1 blink182 corvette mercedes ferrari1 mustang1 freedom1 hello123 hello1234 hellohello
  goodmorning chocolate butterfly flower12 lovely12 jesus123 blessed1 diamond1 liverpool liverpool1 chelsea1 arsenal1
  barcelona realmadrid november december january1 february summer12 summer123 winter12 winter123 spring123 autumn123
  company1 business office123 support123 service1 sysadmin webmaster security security1 killer12 hunter2 hunter22 ninja123
  google123 facebook facebook1 samsung1 samsung123 microsoft windows10 windows11 linux123 ubuntu123 docker123
  correcthorsebatterystaple
  `
    .trim()
    .split(/\s+/),
);

/** Rows of keys and alphabets that fingers run along. Each is tried forwards and backwards. */
const rows = [
  "01234567890123456789",
  "abcdefghijklmnopqrstuvwxyz",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "qazwsxedcrfvtgbyhnujmikolp",
  "!@#$%^&*()_+",
].flatMap((row) => [row, [...row].reverse().join("")]);

/** The whole password is one piece of up to four characters, again and again. */
const repeated = /^(.{1,4}?)\1+$/su;

/**
 * True for a password that is well known, whatever its case; that repeats one short piece (`abababab`); or that is made
 * of at most three runs, each along a row of keys, along the alphabet, or of one character (`abcd1234`, `qwerty!!`).
 */
export function isCommonPassword(password: string): boolean {
  const folded = password.toLowerCase();
  return common.has(folded) || repeated.test(folded) || isMadeOfRuns(folded);
}

function isMadeOfRuns(text: string): boolean {
  const pieces = text.match(/\p{L}+|\p{N}+|[^\p{L}\p{N}]+/gu) ?? [];
  return pieces.length > 0 && pieces.length <= 3 && pieces.every(isRun);
}

function isRun(piece: string): boolean {
  return rows.some((row) => row.includes(piece)) || /^(.)\1*$/su.test(piece);
}
