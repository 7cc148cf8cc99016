import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import {defineConfig} from 'vite';

/** Where `npm run dev -w @sandglass/web` finds a server to work against. */
const DEV_SERVER = 'http://127.0.0.1:4400';

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    target: 'es2023',
    // A data: URL would need `font-src data:`; every asset is a file, so the policy stays at 'self'.
    assetsInlineLimit: 0,
    modulePreload: {polyfill: false},
    chunkSizeWarningLimit: 1200,
  },
  server: {
    proxy: {'/v1': {target: DEV_SERVER, ws: true}, '/metrics': DEV_SERVER, '/readyz': DEV_SERVER},
  },
});
