import { defineConfig } from 'tsdown'

export default defineConfig({
  entry: ['src/**/*.ts', '!src/**/*.test.ts'],
  format: 'esm',
  platform: 'node',
  target: 'node22',
  unbundle: true,
  dts: true,
  fixedExtension: false,
  clean: false,
})
