export {openAccounts} from './open-access.ts';
