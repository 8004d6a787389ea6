// The SQLite store against the contract. What only a file can suffer stands in sqlite-file and sqlite-crash.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { silentLog } from "../base/log.ts";
import { openSqliteStore } from "./sqlite.ts";
import { storeSuite } from "./suite.ts";

const folder = mkdtempSync(join(tmpdir(), "kaji-store-"));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

storeSuite("sqlite", (options) => openSqliteStore({ ...options, path: join(folder, `${files++}.db`), log: silentLog }));
