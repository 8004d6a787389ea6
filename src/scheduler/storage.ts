// What the scheduler knows of volumes, of devices and of who makes them, and what it has promised of them before the API
// says so. It refuses to decide (plugins/) and to write (volume-writes.ts).
import { revisionOf } from "../client/cache.ts";
import { keyOf } from "../client/client.ts";
import { PersistentVolumeClaim } from "../resources/core/persistent-volume-claim.ts";
import { PersistentVolume } from "../resources/core/persistent-volume.ts";
import { DeviceClass } from "../resources/resource/device-class.ts";
import { DeviceTaintRule } from "../resources/resource/device-taint-rule.ts";
import { ResourceClaim } from "../resources/resource/resource-claim.ts";
import type { AllocationResult } from "../resources/resource/resource-claim.ts";
import { ResourceSlice } from "../resources/resource/resource-slice.ts";
import { CSIDriver } from "../resources/storage/csi-driver.ts";
import { CSINode } from "../resources/storage/csi-node.ts";
import { CSIStorageCapacity } from "../resources/storage/csi-storage-capacity.ts";
import { StorageClass } from "../resources/storage/storage-class.ts";
import { VolumeAttachment } from "../resources/storage/volume-attachment.ts";
import type { KubeObject } from "../schema/resource.ts";

/** The kinds that are followed, in the order in which they are looked at. */
export const STORAGE_KINDS = [
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  VolumeAttachment,
] as const;

/** Kinds about devices: only pods that ask for devices wait for them to be known. */
export const DEVICE_KINDS = [ResourceSlice, DeviceClass, DeviceTaintRule, ResourceClaim] as const;

type Shelf<T> = ReadonlyMap<string, T>;

/** One state of it all. Keys are names, or `namespace/name`. */
export interface Storage {
  readonly volumes: Shelf<PersistentVolume>;
  readonly claims: Shelf<PersistentVolumeClaim>;
  readonly classes: Shelf<StorageClass>;
  readonly drivers: Shelf<CSIDriver>;
  readonly nodes: Shelf<CSINode>;
  readonly capacities: Shelf<CSIStorageCapacity>;
  readonly attachments: Shelf<VolumeAttachment>;
  readonly deviceClaims: Shelf<ResourceClaim>;
  readonly deviceSlices: Shelf<ResourceSlice>;
  readonly deviceClasses: Shelf<DeviceClass>;
  readonly deviceTaints: Shelf<DeviceTaintRule>;
  /** Devices that are being given to claims, by the claims' uids. */
  readonly devicesOnTheWay: ReadonlyMap<string, AllocationResult>;
}

const NONE: ReadonlyMap<string, never> = new Map<string, never>();
export const NO_STORAGE: Storage = {
  volumes: NONE,
  claims: NONE,
  classes: NONE,
  drivers: NONE,
  nodes: NONE,
  capacities: NONE,
  attachments: NONE,
  deviceClaims: NONE,
  deviceSlices: NONE,
  deviceClasses: NONE,
  deviceTaints: NONE,
  devicesOnTheWay: NONE,
};

/** Objects of one kind: as the cache tells, and as promised. */
class Kept<T extends KubeObject> {
  readonly #told = new Map<string, T>();
  readonly #promised = new Map<string, T>();
  #view: Shelf<T> | undefined;

  /** The object of this key before. */
  put(object: T): T | undefined {
    const key = keyOf(object);
    const old = this.#told.get(key);
    this.#told.set(key, object);
    const promised = this.#promised.get(key);
    // What was promised stands until the API tells of anything newer than what it was made of.
    if (promised && revisionOf(object.metadata.resourceVersion) > revisionOf(promised.metadata.resourceVersion))
      this.#promised.delete(key);
    this.#view = undefined;
    return old;
  }

  remove(object: T): void {
    const key = keyOf(object);
    this.#told.delete(key);
    this.#promised.delete(key);
    this.#view = undefined;
  }

  promise(object: T): void {
    this.#promised.set(keyOf(object), object);
    this.#view = undefined;
  }

  /** Takes the promise back, if it is still this one. */
  withdraw(object: T): boolean {
    const key = keyOf(object);
    if (this.#promised.get(key) !== object) return false;
    this.#promised.delete(key);
    this.#view = undefined;
    return true;
  }

  told(key: string): T | undefined {
    return this.#told.get(key);
  }

  view(): Shelf<T> {
    return (this.#view ??= new Map([...this.#told, ...this.#promised]));
  }
}

const PLACE = {
  PersistentVolume: "volumes",
  PersistentVolumeClaim: "claims",
  StorageClass: "classes",
  CSIDriver: "drivers",
  CSINode: "nodes",
  CSIStorageCapacity: "capacities",
  VolumeAttachment: "attachments",
  ResourceClaim: "deviceClaims",
  ResourceSlice: "deviceSlices",
  DeviceClass: "deviceClasses",
  DeviceTaintRule: "deviceTaints",
} as const;
export type StorageKind = keyof typeof PLACE;

export class StorageState {
  readonly #kept = {
    volumes: new Kept<PersistentVolume>(),
    claims: new Kept<PersistentVolumeClaim>(),
    classes: new Kept<StorageClass>(),
    drivers: new Kept<CSIDriver>(),
    nodes: new Kept<CSINode>(),
    capacities: new Kept<CSIStorageCapacity>(),
    attachments: new Kept<VolumeAttachment>(),
    deviceClaims: new Kept<ResourceClaim>(),
    deviceSlices: new Kept<ResourceSlice>(),
    deviceClasses: new Kept<DeviceClass>(),
    deviceTaints: new Kept<DeviceTaintRule>(),
  };
  #onTheWay: ReadonlyMap<string, AllocationResult> = new Map();

  #of(kind: StorageKind): Kept<KubeObject> {
    return this.#kept[PLACE[kind]] as unknown as Kept<KubeObject>;
  }

  /** The object as it was before. */
  put(kind: StorageKind, object: KubeObject): KubeObject | undefined {
    return this.#of(kind).put(object);
  }

  remove(kind: StorageKind, object: KubeObject): void {
    this.#of(kind).remove(object);
  }

  /** Counts from now on, though not written yet. */
  promise(volumes: readonly PersistentVolume[], claims: readonly PersistentVolumeClaim[]): void {
    for (const volume of volumes) this.#kept.volumes.promise(volume);
    for (const claim of claims) this.#kept.claims.promise(claim);
  }

  /** Says which promises still stood. */
  withdraw(
    volumes: readonly PersistentVolume[],
    claims: readonly PersistentVolumeClaim[],
  ): readonly (readonly [StorageKind, KubeObject])[] {
    return [
      ...volumes.filter((one) => this.#kept.volumes.withdraw(one)).map((one) => ["PersistentVolume", one] as const),
      ...claims.filter((one) => this.#kept.claims.withdraw(one)).map((one) => ["PersistentVolumeClaim", one] as const),
    ];
  }

  /** Devices are these claims' from now on, though not written yet. */
  giveDevices(given: ReadonlyMap<string, AllocationResult>): void {
    this.#onTheWay = new Map([...this.#onTheWay, ...given]);
  }

  /** They are written, or will never be. */
  devicesArrived(uids: Iterable<string>): void {
    const left = new Map(this.#onTheWay);
    for (const uid of uids) left.delete(uid);
    this.#onTheWay = left;
  }

  /** The claim as the API has answered it. */
  answered(claim: ResourceClaim): void {
    this.#kept.deviceClaims.promise(claim);
  }

  /** As the API has them, promises aside. */
  volume(name: string): PersistentVolume | undefined {
    return this.#kept.volumes.told(name);
  }

  claim(key: string): PersistentVolumeClaim | undefined {
    return this.#kept.claims.told(key);
  }

  /** The present state. The same maps until something in them changes. */
  view(): Storage {
    const kept = this.#kept;
    return {
      volumes: kept.volumes.view(),
      claims: kept.claims.view(),
      classes: kept.classes.view(),
      drivers: kept.drivers.view(),
      nodes: kept.nodes.view(),
      capacities: kept.capacities.view(),
      attachments: kept.attachments.view(),
      deviceClaims: kept.deviceClaims.view(),
      deviceSlices: kept.deviceSlices.view(),
      deviceClasses: kept.deviceClasses.view(),
      deviceTaints: kept.deviceTaints.view(),
      devicesOnTheWay: this.#onTheWay,
    };
  }
}
