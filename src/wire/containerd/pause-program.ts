// The program of the pause container, an ELF file of some 200 bytes: it keeps a pod's namespaces alive, reaps the
// children that fall to PID 1, ends on SIGTERM or SIGINT. It refuses to be an assembler: instructions are spelt out.
//
// Signals are blocked and waited for: no handler is needed, and PID 1, which ignores unhandled signals, gets them all.
//   rt_sigprocmask(SIG_BLOCK, &set)
//   wait: n = rt_sigtimedwait(&set); if n == SIGCHLD goto reap; if n < 0 goto wait; exit(0)
//   reap: if wait4(-1, 0, WNOHANG, 0) > 0 goto reap; goto wait

export type Architecture = "amd64" | "arm64";

/** Bit n-1 for signal n: SIGINT (2), SIGTERM (15), SIGCHLD (17). The same numbers on both machines. */
const SIGNAL_SET = (1n << 1n) | (1n << 14n) | (1n << 16n);
const SIGCHLD = 17;
const HEADERS = 64 + 56;
const LOAD_ADDRESS = 0x400000n;

/** The whole file. */
export function pauseProgram(architecture: Architecture): Uint8Array {
  const code = architecture === "amd64" ? amd64() : arm64();
  const set = Buffer.alloc(8);
  set.writeBigUInt64LE(SIGNAL_SET);
  return Buffer.concat([headers(architecture, code.length + set.length), code, set]);
}

/** ELF64, little endian, one segment that holds the file and may be read and executed. */
function headers(architecture: Architecture, size: number): Buffer {
  const b = Buffer.alloc(HEADERS);
  b.write("\x7fELF\x02\x01\x01", 0, "latin1");
  b.writeUInt16LE(2, 16); // an executable
  b.writeUInt16LE(architecture === "amd64" ? 62 : 183, 18);
  b.writeUInt32LE(1, 20);
  b.writeBigUInt64LE(LOAD_ADDRESS + BigInt(HEADERS), 24); // entry
  b.writeBigUInt64LE(64n, 32); // the program header follows
  b.writeUInt16LE(64, 52);
  b.writeUInt16LE(56, 54);
  b.writeUInt16LE(1, 56); // one of them
  b.writeUInt32LE(1, 64); // to load
  b.writeUInt32LE(5, 68); // readable, executable
  b.writeBigUInt64LE(LOAD_ADDRESS, 80);
  b.writeBigUInt64LE(LOAD_ADDRESS, 88);
  b.writeBigUInt64LE(BigInt(HEADERS + size), 96);
  b.writeBigUInt64LE(BigInt(HEADERS + size), 104);
  b.writeBigUInt64LE(0x1000n, 112);
  return b;
}

/** Instructions of x86-64. Jumps are written as the distance to what follows them. */
function amd64(): Buffer {
  const mov = (register: number, value: number) => [0xb8 + register, ...le32(value)];
  const [eax, edx, edi] = [0, 2, 7];
  const zeroEdi = [0x31, 0xff];
  const zeroEsi = [0x31, 0xf6];
  const zeroEdx = [0x31, 0xd2];
  const zeroR10 = [0x45, 0x31, 0xd2];
  const eightInR10 = [0x41, 0xba, ...le32(8)];
  const syscall = [0x0f, 0x05];
  const reap = [...mov(eax, 61), ...mov(edi, -1), ...zeroEsi, ...mov(edx, 1), ...zeroR10, ...syscall, 0x85, 0xc0];
  const exit = [...mov(eax, 60), ...zeroEdi, ...syscall];
  // lea rdi, [rip + distance to the set]: reckoned when all that lies between is known.
  const afterLea = [...zeroEsi, ...zeroEdx, ...eightInR10, ...syscall];
  const test = (toReap: number, toWait: number) => [0x83, 0xf8, SIGCHLD, 0x74, toReap, 0x85, 0xc0, 0x78, toWait];
  const testLength = test(0, 0).length;
  const waitLength = 5 + 7 + afterLea.length + testLength + exit.length;
  const reapLength = reap.length + 2 + 2;
  const wait = [
    ...mov(eax, 128),
    ...[0x48, 0x8d, 0x3d, ...le32(waitLength - 12 + reapLength)],
    ...afterLea,
    ...test(4 + exit.length, 0x100 - (waitLength - exit.length)),
    ...exit,
  ];
  const mask = [...mov(eax, 14), ...zeroEdi];
  const afterMaskLea = [...zeroEdx, ...eightInR10, ...syscall];
  const maskLea = [0x48, 0x8d, 0x35, ...le32(afterMaskLea.length + waitLength + reapLength)];
  const loops = [0x7f, 0x100 - (reap.length + 2), 0xeb, 0x100 - (reapLength + waitLength)];
  return Buffer.from([...mask, ...maskLea, ...afterMaskLea, ...wait, ...reap, ...loops]);
}

function le32(value: number): number[] {
  return [value & 0xff, (value >> 8) & 0xff, (value >> 16) & 0xff, (value >> 24) & 0xff];
}

/** Instructions of AArch64, four bytes each; distances count instructions. */
function arm64(): Buffer {
  const mov = (register: number, value: number) => (0xd2800000 | (value << 5) | register) >>> 0;
  const minusOneInX0 = 0x92800000;
  const svc = 0xd4000001;
  const addressOf = (register: number, distance: number) => (0x10000000 | (distance << 5) | register) >>> 0;
  const compareW0 = (value: number) => (0x7100001f | (value << 10)) >>> 0;
  const [eq, gt] = [0, 12];
  const branchIf = (condition: number, distance: number) =>
    (0x54000000 | ((distance & 0x7ffff) << 5) | condition) >>> 0;
  const branchIfNegativeW0 = (distance: number) => (0x37f80000 | ((distance & 0x3fff) << 5)) >>> 0;
  const branch = (distance: number) => (0x14000000 | (distance & 0x3ffffff)) >>> 0;
  const [wait, reap, set] = [6, 18, 27];
  const words = [
    ...[mov(0, 0), addressOf(1, set - 1), mov(2, 0), mov(3, 8), mov(8, 135), svc],
    ...[addressOf(0, set - wait), mov(1, 0), mov(2, 0), mov(3, 8), mov(8, 137), svc],
    ...[compareW0(SIGCHLD), branchIf(eq, reap - (wait + 7)), branchIfNegativeW0(wait - (wait + 8))],
    ...[mov(0, 0), mov(8, 93), svc],
    ...[minusOneInX0, mov(1, 0), mov(2, 1), mov(3, 0), mov(8, 260), svc],
    ...[compareW0(0), branchIf(gt, reap - (reap + 7)), branch(wait - (reap + 8))],
  ];
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => code.writeUInt32LE(word, i * 4));
  return code;
}
