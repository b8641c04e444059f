/**
 * A certificate for 127.0.0.1 that nobody trusts unless told to, with its key; valid until 2126. Made by
 * `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 36500 -addext subjectAltName=IP:127.0.0.1`.
 */
export const loopback = {
  key: `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgVwcQmKK7njgWlqaZ
hEU9a+pU2ldNQ9T1nnSlyEIcjfqhRANCAAQKqiG81Mdwamsh4OO5IGao8IEFFnpi
tcDvJsHlCDdlqOhVqBANKxk2LZlo4Kpvfj8/wb79VqJpfyDVgMGRUnxh
-----END PRIVATE KEY-----
`,
  cert: `-----BEGIN CERTIFICATE-----
MIIBjzCCATagAwIBAgIUeIbKhyfttjw1tLyl11+/TV+M0I4wCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJMTI3LjAuMC4xMCAXDTI2MTEyMTEyNDAzNloYDzIxMjYxMDI4
MTI0MDM2WjAUMRIwEAYDVQQDDAkxMjcuMC4wLjEwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAAQKqiG81Mdwamsh4OO5IGao8IEFFnpitcDvJsHlCDdlqOhVqBANKxk2
LZlo4Kpvfj8/wb79VqJpfyDVgMGRUnxho2QwYjAdBgNVHQ4EFgQU3zmrbC3dmKUV
Xhong5iy6krDFeQwHwYDVR0jBBgwFoAU3zmrbC3dmKUVXhong5iy6krDFeQwDwYD
VR0TAQH/BAUwAwEB/zAPBgNVHREECDAGhwR/AAABMAoGCCqGSM49BAMCA0cAMEQC
IGTkXHOc+VENsrlDWCOzlZMNi7FMP+IgLQhCUQNDmx4BAiAcePw8RCnhW3ZdDxTM
ja1A+M8jokCrKPS+xMo9Sd66ew==
-----END CERTIFICATE-----
`,
}
