// What the program shows one of at a time.

import type { Change, Night } from "./night";

export interface Page {
  readonly root: HTMLElement;
  /** Something of the night is different now; all of it at first. */
  refresh(changes: ReadonlySet<Change>): void;
  close(): void;
}

export interface PageKind {
  name: string;  // in the address
  title: string;
  make(night: Night): Page;
}
