// #region config
import { backlotPlugin } from 'backlot/vitest/config'
import { defineConfig } from 'vitest/config'

export default defineConfig({ plugins: [backlotPlugin()] })
// #endregion
