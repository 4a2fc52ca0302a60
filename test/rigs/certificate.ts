/**
 * A certificate nobody vouches for: self-signed, for `origin.test` and 127.0.0.1, good for a hundred years. Its key
 * is public, so it protects nothing.
 */
export const certificate = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQghNFA2K5TkbhrHYTD
biQbQuaxj8dA8+bPQnuePdVEt9KhRANCAAQ0Vv/XNcjKH2zmuJrLcb5aLBxbSH8T
HH86bsGa+KPLucDvr55xYRA5d/9jMbuVcn7s1X+e3G9Wyf3rP1bJqiqn
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBoTCCAUegAwIBAgIUPFQhCoklnpU9GJtshT+lhg1RF+wwCgYIKoZIzj0EAwIw
FjEUMBIGA1UEAwwLb3JpZ2luLnRlc3QwIBcNMjYxMTI0MDYzNjU1WhgPMjEyNjEw
MzEwNjM2NTVaMBYxFDASBgNVBAMMC29yaWdpbi50ZXN0MFkwEwYHKoZIzj0CAQYI
KoZIzj0DAQcDQgAENFb/1zXIyh9s5riay3G+WiwcW0h/Exx/Om7Bmvijy7nA76+e
cWEQOXf/YzG7lXJ+7NV/ntxvVsn96z9Wyaoqp6NxMG8wHQYDVR0OBBYEFB0hVzbl
u+LEJ/J4WF9B5Dk30V7jMB8GA1UdIwQYMBaAFB0hVzblu+LEJ/J4WF9B5Dk30V7j
MA8GA1UdEwEB/wQFMAMBAf8wHAYDVR0RBBUwE4ILb3JpZ2luLnRlc3SHBH8AAAEw
CgYIKoZIzj0EAwIDSAAwRQIhAJg7LQk8lnvm/VJEqnXXHYhCfpZ0uK2Nmh/TQmBv
2MweAiAlrL4/VL9IPtAYbdIrkmjOjOv9M3P2ZHtPQRT3DURmxQ==
-----END CERTIFICATE-----
`,
}
