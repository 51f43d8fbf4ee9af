// For TypeScript's checker alone: what a part of the page is given, and what of the browser is not checked.

export interface Part<Props, Settings> {
  element: Found;
  props: Props;
  trigger: Send;
  upload: (file: File) => Promise<{ path: string; url: string }>;
  watch: (prop: keyof Props, then: () => void) => void;
  settings: Settings;
}

// Sends an event, or a question of a kind, to the server.
export type Send = (kind: string, data: object) => void;

// A text in which {names} are to be filled in, and these names.
export type Text<Names extends string> = string & { names: Names };

export type NamesIn<Sentence> = Sentence extends { names: infer Names extends string } ? Names : never;

// Edges of an area, in whatever its user counts.
export interface Edges {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

declare global {
  // An element. Most come from templates, whose HTML the checker does not know: what they have may be anything.
  interface Found extends HTMLElement {
    [name: string]: any;
    children: any;
    firstElementChild: any;
    lastChild: any;
    parentElement: any;
    dataset: any;
  }
  interface ParentNode {
    querySelector(selectors: string): Found;
    querySelectorAll(selectors: string): NodeListOf<Found>;
  }
  interface Element {
    closest(selectors: string): Found;
  }
  interface HTMLElement {
    addEventListener(type: string, listener: (event: any) => void, options?: object): void;
  }
  interface Document {
    getElementById(id: string): Found;
    addEventListener(type: string, listener: (event: any) => void, options?: object): void;
  }
  interface OffscreenCanvas {
    getContext(kind: '2d', options?: object): OffscreenCanvasRenderingContext2D;
  }
}
