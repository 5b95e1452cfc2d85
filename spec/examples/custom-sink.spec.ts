import { contract } from '../../examples/04-custom-sink.js';

contract();
