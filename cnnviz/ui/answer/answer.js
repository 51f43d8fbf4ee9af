// The answer: dim while the network looks at another photo.

/** @import { AnswerPart } from '../shared/values' */

import { dimWhileLooking } from '../shared/looking.js';

/** @param {AnswerPart} part */
export const start = ({ element, watch }) => dimWhileLooking(element, watch);
