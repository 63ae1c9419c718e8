import { describe, expect, test } from 'vitest';
import type { MediaBlock, MediaSource } from './block.ts';
import { plainMedia } from './media.ts';

const image = (source: MediaSource): MediaBlock => ({ kind: 'media', media: 'image', source });

describe('a medium as strict providers take it', () => {
  test.each([
    ['image/jpg', 'image/jpeg'],
    ['IMAGE/PNG; charset=utf-8', 'image/png'],
    ['application/pdf', 'application/pdf'],
  ])('%s is %s', (mime, wanted) => {
    expect(plainMedia(image({ from: 'base64', mime, data: 'AA' })).source).toEqual({ from: 'base64', mime: wanted, data: 'AA' });
  });

  test.each([
    ['data:,a%20b', 'text/plain', 'a b'],
    ['data:text/html;charset=utf-8,<p>ü</p>', 'text/html', '<p>ü</p>'],
  ])('%s is base64', (url, mime, text) => {
    const data = Buffer.from(text).toString('base64');
    expect(plainMedia(image({ from: 'url', url })).source).toEqual({ from: 'base64', mime, data });
  });

  test.each(['https://a.test/b.png', 'data:image/png;base64,AA', 'data:text/plain,%zz', 'gs://a/b'])('%s stays', (url) => {
    const block = image({ from: 'url', url });
    expect(plainMedia(block)).toBe(block);
  });
});
