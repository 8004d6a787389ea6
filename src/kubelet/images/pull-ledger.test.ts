// Who may use an image that is there: the pods that have what it was pulled with, also after the kubelet was killed.
import { test } from "node:test";
import assert from "node:assert/strict";
import { silentLog } from "../../base/log.ts";
import { VirtualClock } from "../../base/virtual-clock.ts";
import type { Image } from "../../wire/cri/image.ts";
import { PullLedger } from "./pull-ledger.ts";
import type { PullRecords } from "./pull-ledger.ts";
import { withCredentials } from "./pull-records.ts";
import type { ImagePullSecret, ImagePulledRecord } from "./pull-records.ts";

const NOW = 1_700_000_000_000;
const IMAGE = "reg.example.com/team/app:1";
const REF = "sha256:aa";
const secret = (name: string, credentialHash: string, namespace = "n"): ImagePullSecret => ({
  uid: `uid-${namespace}-${name}`,
  namespace,
  name,
  credentialHash,
});

/** A disk that every ledger made of it finds as the last one left it. */
function disk() {
  const records = new Map<string, ImagePulledRecord>();
  const intents = new Set<string>();
  const faults = { write: false };
  const clock = new VirtualClock(NOW);
  const images: Image[] = [];
  const may = async (change: () => unknown): Promise<void> => {
    if (faults.write) throw new Error("no space left on device");
    change();
  };
  const store: PullRecords = {
    records: async () => [...records.values()],
    intents: async () => [...intents],
    putRecord: (record) => may(() => records.set(record.imageRef, record)),
    deleteRecord: (ref) => may(() => records.delete(ref)),
    putIntent: (image) => may(() => intents.add(image)),
    deleteIntent: (image) => may(() => intents.delete(image)),
  };
  const start = () => new PullLedger({ store, clock, log: silentLog, images: async () => images });
  const pulled = async (ledger: PullLedger, image: string, ref: string, ...secrets: ImagePullSecret[]) => {
    await ledger.begin(image);
    const credentials = secrets.length > 0 ? { kubernetesSecrets: secrets } : { nodePodsAccessible: true };
    await ledger.pulled(image, ref, credentials);
  };
  return { records, intents, faults, clock, images, start, pulled };
}

const may = (ledger: PullLedger, image: string, ref: string, ...secrets: ImagePullSecret[]) =>
  ledger.mayUse(image, ref, async () => secrets);

test("an image that no pull brought is everybody's; one without credentials too", async () => {
  const { start, pulled } = disk();
  const ledger = start();
  assert.equal(await may(ledger, IMAGE, REF), true);
  await pulled(ledger, "busybox", "sha256:bb");
  assert.equal(await may(ledger, "docker.io/library/busybox:2", "sha256:bb"), true);
});

test("one that came with a secret is for those who have it, or the same credentials in another", async () => {
  const { start, pulled, records } = disk();
  const ledger = start();
  await pulled(ledger, IMAGE, REF, secret("a", "h1"));
  for (const one of [ledger, start()]) {
    assert.equal(await may(one, IMAGE, REF), false, "none");
    assert.equal(await may(one, IMAGE, REF, secret("b", "h2")), false, "another's");
    assert.equal(await may(one, IMAGE, REF, secret("a", "h1")), true, "its own");
    assert.equal(await may(one, "reg.example.com/team/other:1", REF, secret("a", "h1")), false, "by another name");
  }
  assert.equal(await may(ledger, IMAGE, REF, secret("b", "h1", "m")), true, "the same credentials");
  assert.equal(await may(ledger, IMAGE, REF, secret("a", "h3")), true, "the same secret, changed");
  const known = records.get(REF)!.credentialMapping["reg.example.com/team/app"]!.kubernetesSecrets!;
  assert.deepEqual(
    known.map(({ name, credentialHash }) => `${name} ${credentialHash}`),
    ["b h1", "a h3"],
    "what matched is on record",
  );
  await pulled(ledger, IMAGE, REF);
  assert.equal(await may(ledger, IMAGE, REF), true, "it was made public");
});

test("killed between a pull and its record, it is nobody's until the registry is asked again", async () => {
  const { start, intents, images, records } = disk();
  await start().begin(IMAGE);
  await start().begin("busybox");
  images.push({ id: REF, repoTags: [IMAGE], repoDigests: [] } as unknown as Image);
  images.push({ id: "sha256:bb", repoTags: ["docker.io/library/busybox:latest"], repoDigests: [] } as unknown as Image);
  const ledger = start();
  assert.equal(await may(ledger, IMAGE, REF, secret("a", "h1")), false);
  assert.equal(await may(ledger, "busybox", "sha256:bb"), false);
  assert.deepEqual([...intents], []);
  assert.equal(records.size, 2);
});

test("killed before the image came: what is there by then came by a pull", async () => {
  const { start, intents } = disk();
  await start().begin(IMAGE);
  const ledger = start();
  assert.equal(await may(ledger, IMAGE, REF), false);
  await ledger.begin(IMAGE);
  await ledger.failed(IMAGE);
  assert.deepEqual([...intents], []);
  assert.equal(await may(ledger, IMAGE, REF), true);
});

test("of two pulls at a time the intent stays until both have ended", async () => {
  const { start, intents } = disk();
  const ledger = start();
  await ledger.begin(IMAGE);
  await ledger.begin(IMAGE);
  await ledger.failed(IMAGE);
  assert.deepEqual([...intents], [IMAGE]);
  await ledger.failed(IMAGE);
  assert.deepEqual([...intents], []);
});

test("a full disk: no pull begins; a record that was not written leaves the intent", async () => {
  const { start, intents, faults } = disk();
  const ledger = start();
  faults.write = true;
  await assert.rejects(ledger.begin(IMAGE), /no space left/);
  faults.write = false;
  await ledger.begin(IMAGE);
  faults.write = true;
  await ledger.pulled(IMAGE, REF, { nodePodsAccessible: true });
  assert.deepEqual([...intents], [IMAGE]);
  assert.equal(await may(start(), IMAGE, REF), false);
});

test("records of images that are gone go, but for those younger than the list", async () => {
  const { start, pulled, records, clock } = disk();
  const ledger = start();
  await pulled(ledger, IMAGE, REF);
  await pulled(ledger, "busybox", "sha256:bb");
  await ledger.prune(new Set(), clock.now());
  assert.equal(records.size, 2);
  await clock.advance(5000);
  await ledger.prune(new Set([REF]), clock.now());
  assert.deepEqual([...records.keys()], [REF]);
});

test("only so many secrets that matched are remembered; the credentials still count", async () => {
  const { start, pulled, records } = disk();
  const ledger = start();
  const many = Array.from({ length: 100 }, (_, i) => secret(`s${i}`, `h${i}`));
  await pulled(ledger, IMAGE, REF, ...many);
  assert.equal(await may(ledger, IMAGE, REF, secret("new", "h7")), true);
  assert.equal(await may(ledger, IMAGE, REF, secret("s7", "changed")), false);
  assert.equal(records.get(REF)!.credentialMapping["reg.example.com/team/app"]!.kubernetesSecrets!.length, 100);
});

test("credentials that are on record make no other record", () => {
  const of = (
    before: ImagePulledRecord | undefined,
    credentials: Parameters<typeof withCredentials>[1]["credentials"],
  ) => withCredentials(before, { imageRef: REF, repository: "r", credentials, time: "2026-01-01T00:00:00Z" });
  const first = of(undefined, { kubernetesSecrets: [secret("a", "h1")] });
  assert.equal(of(first, { kubernetesSecrets: [secret("a", "h1")] }), first);
  assert.equal(of(first, undefined), first);
  const open = of(first, { nodePodsAccessible: true });
  assert.notEqual(open, first);
  assert.equal(of(open, { kubernetesSecrets: [secret("b", "h2")] }), open);
  assert.deepEqual(of(undefined, undefined).credentialMapping, {});
});
