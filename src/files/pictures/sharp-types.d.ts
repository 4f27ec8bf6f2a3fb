/** The part of sharp that Plaza and its tests use. With types of our own, code compiles where the package has no build. */
declare module 'sharp' {
  interface Options {
    limitInputPixels?: number;
    sequentialRead?: boolean;
    failOn?: 'none';
    create?: {
      width: number;
      height: number;
      channels: 3 | 4;
      background: string;
    };
  }

  interface Quality {
    quality?: number;
    effort?: number;
  }

  export interface Sharp {
    timeout(options: { seconds: number }): this;
    autoOrient(): this;
    flatten(options: { background: string }): this;
    greyscale(): this;
    modulate(options: { brightness: number }): this;
    composite(images: { input: Buffer }[]): this;
    extract(region: { left: number; top: number; width: number; height: number }): this;
    resize(width: number, height?: number, options?: { fit: 'fill' }): this;
    raw(): this;
    png(options?: Quality): this;
    jpeg(options?: Quality): this;
    webp(options?: Quality): this;
    toBuffer(): Promise<Buffer>;
  }

  interface SharpFactory {
    (input: Buffer, options?: Options): Sharp;
    (options: Options): Sharp;
    block(options: { operation: string[] }): void;
    unblock(options: { operation: string[] }): void;
    cache(options: false): void;
    concurrency(threads: number): void;
  }

  const sharp: SharpFactory;
  export default sharp;
}
