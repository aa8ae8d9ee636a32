export declare const sections: readonly {
  readonly title: string;
  readonly collapsed?: boolean;
  readonly pages: readonly string[];
}[];
