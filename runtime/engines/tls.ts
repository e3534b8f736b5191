/** What goes wrong where a connection to a server is made secure, as Node and the drivers say it. */
import { type PipecError, type RunErrorExtras, runError } from '../errors.ts';

const CERTIFICATE =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME_INVALID)/;

/** Null for what is no matter of TLS. */
export function tlsFailure(code: string, message: string, place: string, extras: RunErrorExtras): PipecError | null {
  if (CERTIFICATE.test(code)) {
    const why = message.split(/[;\n]/)[0] ?? message;
    const hint = 'where an authority of your own signed it, name its certificate: NODE_EXTRA_CA_CERTS=ca.pem';
    return runError('tls-failed', { place, why }, { ...extras, hint });
  }
  if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_') && !/does not support SSL connections/.test(message))
    return null;
  const hint = 'if the way there is safe without, take `sslmode` out of the address, or write `http` for `https`';
  return runError('tls-failed', { place, why: 'it does not speak TLS there' }, { ...extras, hint });
}
