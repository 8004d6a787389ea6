// Which group versions other servers serve, and in which order all groups are listed: what the APIServices say. It refuses
// to ask those servers anything.
import { APIService } from "../../resources/apiregistration/api-service.ts";
import { priorityOf } from "../../resources/apiregistration/priorities.ts";
import type { Priority } from "../../resources/apiregistration/priorities.ts";
import { isTrue } from "../../resources/conditions.ts";
import { compareVersions } from "../../schema/discovery.ts";
import type { GroupVersions } from "../../schema/discovery.ts";
import type { Resource } from "../../schema/resource.ts";
import type { Lookup } from "../admission/plugin.ts";

export const isRemote = ({ spec }: APIService): boolean => spec.service !== undefined;

export const isAvailable = ({ status }: APIService): boolean => isTrue(status.conditions, "Available");

/** `apps/v1`; the core group has no name. */
export const groupVersionOf = ({ spec }: APIService): string => `${spec.group ?? ""}/${spec.version ?? ""}`;

/** Custom resources come behind all that is built in. */
export const CUSTOM_PRIORITY: Priority = { groupPriorityMinimum: 1000, versionPriority: 100 };
/** The group of the APIServices themselves stands in front. */
const OWN_PRIORITY: Priority = { groupPriorityMinimum: 20_001, versionPriority: 1 };

/** The APIServices of one server, read anew when one of them has changed. */
export class ApiServices {
  readonly #lookup: Lookup;
  #revision = -1;
  #remotes: ReadonlyMap<string, APIService> = new Map();

  constructor(lookup: Lookup) {
    this.#lookup = lookup;
  }

  /** Rises with each change of any. */
  get revision(): number {
    return this.#lookup.revision(APIService);
  }

  /** Those that a service serves, by group and version. */
  get remotes(): ReadonlyMap<string, APIService> {
    const { revision } = this;
    if (revision !== this.#revision) {
      this.#remotes = new Map(
        this.#lookup
          .list(APIService)
          .filter(isRemote)
          .map((one) => [groupVersionOf(one), one]),
      );
      this.#revision = revision;
    }
    return this.#remotes;
  }

  /** All groups in order, with the versions of other servers among them, which have no resources here. */
  merged(local: GroupVersions, by: "group" | "service"): GroupVersions {
    const services = new Map(this.#lookup.list(APIService).map((one) => [groupVersionOf(one), one.spec]));
    const groups = new Map<string, Map<string, readonly Resource[]>>();
    for (const [group, versions] of local) groups.set(group, new Map(versions));
    for (const { spec } of this.remotes.values()) {
      const { group = "", version = "" } = spec;
      const versions = groups.get(group) ?? new Map<string, readonly Resource[]>();
      groups.set(group, versions.set(version, []));
    }
    const priority = (group: string, version: string): Priority =>
      services.get(`${group}/${version}`) ??
      priorityOf(group, version) ??
      (group === APIService.group ? OWN_PRIORITY : CUSTOM_PRIORITY);
    const placed = [...groups].map(([group, versions]) => {
      const all = [...versions.keys()].map((version) => ({ version, ...priority(group, version) }));
      const most = Math.max(...all.map((one) => one.groupPriorityMinimum));
      const [first = ""] = all
        .filter((one) => one.groupPriorityMinimum === most)
        .map(({ version }) => `${version}.${group}`)
        .sort();
      all.sort((a, b) => b.versionPriority - a.versionPriority || compareVersions(a.version, b.version));
      const sorted = new Map(all.map(({ version }) => [version, versions.get(version)!]));
      return { group, most, name: by === "group" ? group : first, sorted };
    });
    placed.sort((a, b) => b.most - a.most || (a.name < b.name ? -1 : 1));
    return new Map(placed.map(({ group, sorted }) => [group, sorted]));
  }
}
