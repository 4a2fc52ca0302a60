export const sessionWords = {
  sessionTitle: ['登录控制台', 'Sign in to the console'],
  sessionToken: ['token', 'Token'],
  sessionTokenHint: ['只用来登录，不会保存在浏览器里', 'Used to sign in, and kept nowhere in this browser'],
  sessionSignIn: ['登录', 'Sign in'],
  sessionSignOut: ['退出', 'Sign out'],
  sessionHow: ['在运行网关的机器上：', 'On the machine that runs the gateway:'],
  sessionHowToken: ['新建一个 token', 'makes a token'],
  sessionHowLink: ['打印一个十分钟内有效的登录链接', 'prints a sign-in link that is good for ten minutes'],
  sessionRefused: [
    'token 不正确或已被吊销，或者登录链接已过期',
    'The token is wrong or was revoked, or the sign-in link is over',
  ],
  sessionTooMany: ['尝试过于频繁，请在 {seconds} 秒后再试', 'Too many tries; try again in {seconds} seconds'],
} as const
