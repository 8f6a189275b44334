import './element'
import './styles.css'
import './propose.css'
import './coverage.css'
import { createApp } from 'vue'
import App from './App.vue'
import { router, showSection } from './router'

createApp(App).use(router).mount('#app')
void router.isReady().then(() => setTimeout(showSection))
