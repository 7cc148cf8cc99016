import './style.css';
import {createRoot} from 'react-dom/client';
import {App} from './ui/App.tsx';

const root = document.getElementById('root');
if (root === null)
  throw new Error('The page has no element "root"; index.html and main.tsx do not belong together.');
createRoot(root).render(<App />);
