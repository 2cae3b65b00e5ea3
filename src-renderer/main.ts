import '@fontsource-variable/inter/wght.css';
import { mount } from 'svelte';
import App from './App.svelte';
import './ui/tokens.css';
import './ui/controls.css';
import './ui/floating.css';

const target = document.getElementById('app');
if (!target) throw new Error('index.html has no element "app".');
mount(App, { target });
