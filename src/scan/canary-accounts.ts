/**
 * Accounts that canary services are known to hand out keys of. Using such a key sets off an alarm, so nothing here
 * ever does. Published facts; people add their own with an option.
 */
export const KNOWN_CANARY_ACCOUNTS: readonly string[] = [
  // Thinkst Canarytokens
  '052310077262',
  '171436882533',
  '266735846894',
  '528757803018',
  '534261010715',
  '538784191382',
  '595918472158',
  '717712589309',
  '729780141977',
  '730335385048',
  '819147034852',
  '893192397702',
  '992382622183',
  // others that work alike
  '044858866125',
  '251535659677',
  '344043088457',
  '351906852752',
  '390477818340',
  '426127672474',
  '427150556519',
  '439872796651',
  '445142720921',
  '465867158099',
  '637958123769',
  '693412236332',
  '732624840810',
  '735421457923',
  '959235150393',
  '982842642351',
]
