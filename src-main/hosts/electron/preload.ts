import { contextBridge, webUtils } from 'electron';

// The one thing a plain web page can't know: where a dropped file lies on this machine.
contextBridge.exposeInMainWorld('vitrine', { pathForFile: (file: File) => webUtils.getPathForFile(file) });
