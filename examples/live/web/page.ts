/** The script of the page: the element, fed by this server. */
import { defineDevtools, remoteSource } from 'rx-event-collector/devtools';

defineDevtools();
const token = new URLSearchParams(location.search).get('token') ?? '';
const element = document.querySelector('event-collector-devtools');
if (element !== null) element.source = remoteSource({ url: '/collector', token });
