import { MAX_NAME, printable } from '../../../../preload/contract/printable.ts';
import { UserError } from '../../errors.ts';

/** A pickled tuple; lists become arrays and dicts become Maps. */
export class PickleTuple {
  readonly items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** A class that a pickle names and that is not on the rules' list: it may be mentioned (a key of Lightning's callbacks), never used. */
export class PickleClass {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** Something that only fills its place: an object, a set or bytes whose content no tensor needs. */
export class PickleFiller {
  readonly filler = true;
}

/** What a pickle may name and call. Everything that is not allowed here ends the reading. */
export interface PickleRules {
  /** The stand-in of `module.name`; undefined refuses it. Nothing is ever imported. */
  global(name: string): object | undefined;
  /** The value of calling a stand-in; undefined refuses it. Nothing is ever executed. */
  call(callable: unknown, args: readonly unknown[]): object | undefined;
  /** The value of a new object of a stand-in (NEWOBJ); undefined refuses it. Nothing is ever executed. */
  create(stand: unknown): object | undefined;
  /** The value of a persistent id; undefined refuses it. */
  persistent(id: unknown): object | undefined;
}

/** A pickle of this size describes several hundred thousand tensors. */
export const MAX_PICKLE_BYTES = 32 * 1024 * 1024;
const MAX_INSTRUCTIONS = 4_000_000;
/** Lists, dicts, tuples and stand-ins: a Map takes 200 bytes for the one byte that asks for it. */
const MAX_OBJECTS = 500_000;

/**
 * Reads a pickle (Python's Lib/pickle.py, protocols 2 to 4) as data only: numbers, texts, lists, tuples, dicts and what
 * the rules allow. Objects, sets and bytes become fillers without content. Instructions that import by number or by
 * text (EXT, INST, OBJ, PERSID) are not known at all.
 *
 * @param file what messages call the pickle
 * @throws UserError when it is damaged, too large, or names anything the rules don't know
 */
export function readPickle(file: string, bytes: Uint8Array, rules: PickleRules): unknown {
  if (bytes.byteLength > MAX_PICKLE_BYTES) {
    throw new UserError(
      `${file}: its list of tensors has ${bytes.byteLength} bytes, too many to be one; it is not a model file.`,
    );
  }
  return new Machine(file, bytes, rules).run();
}

class Machine {
  private readonly file: string;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly rules: PickleRules;
  private readonly memo = new Map<number, unknown>();
  private readonly marks: number[] = [];
  private stack: unknown[] = [];
  private at = 0;
  private objects = 0;

  constructor(file: string, bytes: Uint8Array, rules: PickleRules) {
    this.file = file;
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.rules = rules;
  }

  run(): unknown {
    for (let count = 0; count < MAX_INSTRUCTIONS; count += 1) {
      const opcode = this.byte();
      if (opcode === STOP) {
        if (this.stack.length !== 1 || this.marks.length > 0) throw this.damaged('ends in disorder');
        return this.stack[0];
      }
      this.step(opcode);
    }
    throw new UserError(`${this.file}: its list of tensors has no end; it is not a model file.`);
  }

  private step(opcode: number): void {
    const { stack } = this;
    switch (String.fromCharCode(opcode)) {
      case '\x80': {
        const version = this.byte();
        if (version > 4) throw this.damaged(`is of pickle protocol ${version}; protocols up to 4 are read`);
        return;
      }
      case '\x95': // FRAME: a length that only helps to buffer
        this.take(8);
        return;
      case 'N':
        return this.push(null);
      case '\x88':
        return this.push(true);
      case '\x89':
        return this.push(false);
      case 'K':
        return this.push(this.byte());
      case 'M':
        return this.push(this.view.getUint16(this.take(2), true));
      case 'J':
        return this.push(this.view.getInt32(this.take(4), true));
      case '\x8a':
        return this.push(this.longInteger(this.byte()));
      case 'G':
        return this.push(this.view.getFloat64(this.take(8), false));
      case '\x8b':
        return this.push(this.longInteger(this.view.getUint32(this.take(4), true)));
      case 'X':
        return this.push(this.text(this.view.getUint32(this.take(4), true)));
      case '\x8d':
        return this.push(this.text(this.length64()));
      case 'B':
        return this.pushFiller(this.view.getUint32(this.take(4), true));
      case 'C':
        return this.pushFiller(this.byte());
      case '\x8e':
        return this.pushFiller(this.length64());
      case '\x8f': // EMPTY_SET
        return this.pushFiller(0);
      case '\x90': // ADDITEMS
        this.popToMark();
        this.top(isFiller, 'a set');
        return;
      case '\x91': // FROZENSET
        this.popToMark();
        return this.pushFiller(0);
      case '0':
        this.pop();
        return;
      case '1':
        this.popToMark();
        return;
      case '2': {
        const value = this.pop();
        this.push(value);
        return this.push(value);
      }
      case '\x8c':
        return this.push(this.text(this.byte()));
      case 'T':
        return this.push(this.text(this.view.getUint32(this.take(4), true)));
      case 'U':
        return this.push(this.text(this.byte()));
      case ']':
        return this.push(this.counted([]));
      case '}':
        return this.push(this.counted(new Map()));
      case ')':
        return this.push(this.counted(new PickleTuple([])));
      case '\x85':
        return this.push(this.counted(new PickleTuple(this.popMany(1))));
      case '\x86':
        return this.push(this.counted(new PickleTuple(this.popMany(2))));
      case '\x87':
        return this.push(this.counted(new PickleTuple(this.popMany(3))));
      case '(':
        if (this.marks.length > 10_000) throw this.damaged('is nested too deeply');
        this.marks.push(stack.length);
        return;
      case 't':
        return this.push(this.counted(new PickleTuple(this.popToMark())));
      case 'l':
        return this.push(this.counted(this.popToMark()));
      case 'd': {
        const items = this.popToMark();
        this.push(this.counted(new Map()));
        return this.setItems(items);
      }
      case 'a':
        return this.append([this.pop()]);
      case 'e':
        return this.append(this.popToMark());
      case 's': {
        const value = this.pop();
        this.setItems([this.pop(), value]);
        return;
      }
      case 'u':
        return this.setItems(this.popToMark());
      case 'q':
        return this.remember(this.byte());
      case 'r':
        return this.remember(this.view.getUint32(this.take(4), true));
      case '\x94':
        return this.remember(this.memo.size);
      case 'h':
        return this.recall(this.byte());
      case 'j':
        return this.recall(this.view.getUint32(this.take(4), true));
      case 'c': {
        const module = this.line();
        return this.pushGlobal(`${module}.${this.line()}`);
      }
      case '\x93': {
        const name = this.pop();
        return this.pushGlobal(`${String(this.pop())}.${String(name)}`);
      }
      case 'Q': {
        const value = this.rules.persistent(this.pop());
        if (value === undefined) throw this.damaged('refers to something that is not a storage of numbers');
        return this.push(this.counted(value));
      }
      case 'R': {
        const args = this.pop();
        const callable = this.pop();
        if (callable instanceof PickleClass) throw this.notTensor(callable.name);
        const value = args instanceof PickleTuple ? this.rules.call(callable, args.items) : undefined;
        if (value === undefined) {
          throw new UserError(
            `${this.file}: calls something other than the making of a tensor; it is refused.`,
          );
        }
        return this.push(this.counted(value));
      }
      case '\x81':
      case '\x92': {
        if (opcode === NEWOBJ_EX) this.pop();
        this.pop();
        const stand = this.pop();
        const value = this.rules.create(stand);
        if (value !== undefined) return this.push(this.counted(value));
        if (stand instanceof PickleClass) throw this.notTensor(stand.name);
        throw this.damaged('makes an object of something that is not a class');
      }
      case 'b':
        // Attributes: torch leaves `_metadata` of its modules on an OrderedDict, numpy the byte order of a type.
        this.pop();
        this.top(hasAttributes, 'an object');
        return;
      default:
        throw new UserError(
          `${this.file}: uses the pickle instruction 0x${opcode.toString(16)} at byte ${this.at - 1}, which ` +
            `no file of tensors needs; it is refused.`,
        );
    }
  }

  private pushGlobal(name: string): void {
    const stand = this.rules.global(name);
    if (stand === undefined) throw this.notTensor(name);
    this.push(stand);
  }

  private notTensor(name: string): UserError {
    return new UserError(
      `${this.file}: holds "${printable(name, MAX_NAME)}", which is not a tensor; nothing but tensors is read from ` +
        `pickled files. Take the model's .safetensors files.`,
    );
  }

  private pushFiller(bytes: number): void {
    this.take(bytes);
    this.push(this.counted(new PickleFiller()));
  }

  private append(items: readonly unknown[]): void {
    const list = this.top(isListLike, 'a list');
    if (Array.isArray(list)) for (const item of items) list.push(item);
  }

  private setItems(items: readonly unknown[]): void {
    if (items.length % 2 !== 0) throw this.damaged('has a key without a value');
    const map = this.top(isMapLike, 'a dictionary');
    if (map instanceof PickleFiller) return;
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      if (map.has(key)) throw this.damaged(`names "${printable(String(key), MAX_NAME)}" twice`);
      map.set(key, items[index + 1]);
    }
  }

  private remember(index: number): void {
    if (this.stack.length === 0) throw this.damaged('remembers nothing');
    this.memo.set(index, this.stack[this.stack.length - 1]);
  }

  private recall(index: number): void {
    if (!this.memo.has(index)) throw this.damaged(`recalls object ${index}, which it never made`);
    this.push(this.memo.get(index));
  }

  private counted<T>(value: T): T {
    this.objects += 1;
    if (this.objects > MAX_OBJECTS) {
      throw new UserError(
        `${this.file}: describes more than ${MAX_OBJECTS} objects; it is not a model file.`,
      );
    }
    return value;
  }

  private push(value: unknown): void {
    this.stack.push(value);
  }

  /** The lowest item that may be taken: what is below the last mark belongs to another list. */
  private get floor(): number {
    return this.marks[this.marks.length - 1] ?? 0;
  }

  private pop(): unknown {
    if (this.stack.length <= this.floor) throw this.damaged('takes more than it put down');
    return this.stack.pop();
  }

  private popMany(count: number): unknown[] {
    if (this.stack.length - count < this.floor) throw this.damaged('takes more than it put down');
    return this.stack.splice(this.stack.length - count);
  }

  private popToMark(): unknown[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw this.damaged('closes a list that it never opened');
    return this.stack.splice(mark);
  }

  private top<T>(is: (value: unknown) => value is T, what: string): T {
    const value = this.stack[this.stack.length - 1];
    if (this.stack.length <= this.floor || !is(value))
      throw this.damaged(`has something else where ${what} should be`);
    return value;
  }

  private byte(): number {
    return this.view.getUint8(this.take(1));
  }

  /** The position of the next `count` bytes. */
  private take(count: number): number {
    const start = this.at;
    if (count > this.bytes.byteLength - start) throw this.damaged('ends too early');
    this.at += count;
    return start;
  }

  private text(length: number): string {
    const start = this.take(length);
    return new TextDecoder('utf-8').decode(this.bytes.subarray(start, start + length));
  }

  private line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end < 0 || end - this.at > 1000) throw this.damaged('names something without an end');
    const line = this.text(end - this.at);
    this.at = end + 1;
    return line;
  }

  private length64(): number {
    const length = this.view.getBigUint64(this.take(8), true);
    if (length > BigInt(MAX_PICKLE_BYTES)) throw this.damaged('ends too early');
    return Number(length);
  }

  /** A little-endian two's complement integer; those of a checkpoint fit a double (sizes, step counters). */
  private longInteger(length: number): number {
    if (length > 8) throw this.damaged('holds an integer of more than 64 bits');
    const start = this.take(length);
    let value = 0n;
    for (let index = 0; index < length; index += 1) {
      value |= BigInt(this.bytes[start + index] ?? 0) << BigInt(8 * index);
    }
    return Number(BigInt.asIntN(8 * length, value));
  }

  private damaged(what: string): UserError {
    return new UserError(`${this.file}: its list of tensors ${what} (byte ${this.at}); the file is damaged.`);
  }
}

const STOP = '.'.charCodeAt(0);

const NEWOBJ_EX = 0x92;

const isFiller = (value: unknown): value is PickleFiller => value instanceof PickleFiller;
const isListLike = (value: unknown): value is unknown[] | PickleFiller =>
  Array.isArray(value) || isFiller(value);
const isMapLike = (value: unknown): value is Map<unknown, unknown> | PickleFiller =>
  value instanceof Map || isFiller(value);
const hasAttributes = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !(value instanceof PickleTuple) && !Array.isArray(value);
