import vue from '@vitejs/plugin-vue'
import { defineConfig, type Plugin } from 'vite'
import zh from './src/i18n/zh'

/* The few words of index.html come from the catalogue too. */
function catalogue(): Plugin {
  return {
    name: 'catalogue',
    transformIndexHtml: (html) =>
      html.replace(/%(app\.\w+)%/g, (_, key: keyof typeof zh) => zh[key]),
  }
}

export default defineConfig({
  plugins: [vue(), catalogue()],
  define: { __VUE_OPTIONS_API__: 'false' },
  build: {
    target: 'es2020',
    /* The server's Content-Security-Policy knows neither data: addresses nor inline code. */
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': process.env.HONGNIANG_URL ?? 'http://127.0.0.1:8080' } },
})
