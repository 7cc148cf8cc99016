import {EmbeddedTurnQueue} from '@sandglass/queue';
import {describeTurnQueueContract} from '../contract/turn-queue-contract.ts';

describeTurnQueueContract('embedded', async () => ({open: async () => new EmbeddedTurnQueue()}));
