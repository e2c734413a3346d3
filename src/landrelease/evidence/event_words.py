"""Words by which a text reports that an explosive device was met or went off.

A person can read and correct these lists. They tell *that* an event was reported, never anything
of how a device works. They match any case, since wire texts are often all upper case, in sentences
whose white space is blanks.
"""

from __future__ import annotations

import re


def words(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of whole words in any case."""
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE)


_MINE = (
    r"(?:land|anti[ -]?personnel (?:land)?|anti[ -]?tank (?:land)?|anti[ -]?vehicle )mines?|"
    r"(?<!coal )(?<!gold )(?<!tin )(?<!copper )(?<!silver )(?<!ministry of )(?<!bauxite )"
    r"mines?(?! (?:workers?|and energy|ministry|owners?|shafts?))"
)
_DEVICE = (
    rf"{_MINE}|(?<!atomic )(?<!nuclear )(?<!hydrogen )(?<!neutron )(?<!anti-)"
    r"(?<!to )(?:(?:car|truck|bus|letter|parcel|time|cluster)[ -])?bombs?"
    r"(?![ -](?:squads?|disposal|experts?|technicians?|shelters?|threats?|scares?|makers?))|"
    r"(?:improvised )?explosive (?:devices?|charges?|artifacts?|objects?|packages?)|ieds?|"
    r"(?<!anti-)explosives(?! (?:experts?|unit|technicians?|specialists?|situation))|"
    r"(?:sticks?|charges?|kgs?|kilos?|kilograms?|pounds) of (?:dynamite|tnt|explosives?)|"
    r"dynamite(?: (?:sticks?|charges?|cartridges?))?|"
    r"(?<!rifle )(?:hand |fragmentation )?grenades?(?! launch\w+)|booby[ -]?traps?|"
    r"bomblets?|submunitions?|unexploded (?:ordnance|shells?|munitions?)|cluster munitions?"
)
MINE = words(_MINE)
DEVICE = words(_DEVICE)

# The device goes off: no other word is needed.
WENT_OFF = words(
    r"explod(?:ed|es|ing)|blew (?:itself |himself |herself )?up|blown up|blow(?:ing)? up|"
    r"dynamited|dynamiting|detonat(?:ed|es|ing)"
)
# What is done to a device, or by it: beside the word for the device.
HANDLED = words(
    r"went off|goes off|going off|set off|setting off|placed|planted|placing|planting|"
    r"left (?:in (?:an?|the|front)|at|on|under|near|by|inside|outside|behind|there|an?|the)|"
    r"thrown|threw|throwing|hurled|hurling|hurl|tossed|lobbed|flung|dropped|defused|deactivated|"
    r"disarmed|neutralized|destroyed|destroying|damaged|damaging|kill(?:ed|ing)|wound(?:ed|ing)|"
    r"injur(?:ed|ing)|caused|causing|rocked|shook|shattered|gutted|stepped on|trod on|hit|hitting|"
    r"ran over|running over|struck|striking|drove over|went through|triggered|activated|using|used"
    r"|murdered|assassinated|died|attacked|derailed|burst|wrecked"
)
# A device is met: found in a place, not taken among arms.
MET = words(r"found|discovered|located|came across|turned up|spotted")
# Nouns that name the event.
EVENT = words(
    r"(?:explosions?|blasts?|detonations?)|car[ -]bombings?|"
    r"(?:bomb|dynamite|dynamiting|bombing|explosives?|grenade|mine|car[ -]bomb|landmine) "
    r"(?:attacks?|attempts?|assaults?|incidents?|accidents?|explosions?|blasts?)|"
    r"attack(?:s|ed)? (?:\w+ ){0,3}with (?:\w+ ){0,2}(?:explosives?|dynamite|bombs?|grenades?)|"
    r"bombings?"
)
# Of a bombing these words do not tell whether a device was left or dropped.
BARE = words(r"bomb(?:ed|ing|ings)")
# These leave no doubt that somebody on the ground left or threw it.
BY_HAND = words(
    r"placed|planted|placing|planting|left|thrown|threw|throwing|hurl\w+|tossed|lobbed|set off|"
    r"setting off|defused|deactivated|disarmed|went off|explod\w+|detonat\w+|dynamit\w+|"
    r"grenades?|car[ -]bomb\w*|bomb attacks?|explosives?|stepped on|mines?|landmines?|blew up|"
    r"blown up|blowing up"
)
MINING = words(r"miners?|mining|mineworkers?|ores?|metallurgical|mineral")
CLEARED = words(
    r"remov\w+|sweep\w*|swept|clear(?:ed|ing|ance)?|marking|demin\w+|lift(?:ed|ing)|eliminat\w+"
)
BOMBED = words(r"bombed")
THREAT = words(r"bomb (?:threats?|scares?)")

# Delivered from the air or by artillery: fighting, told apart from devices left or thrown.
FROM_THE_AIR = words(
    r"air force|air raids?|air ?strikes?|air ?crafts?|air ?planes?|planes?|helicopters?|jets?|"
    r"aerial|straf\w+|machinegunn\w+|gunships?|artillery|shelling|mortars?|"
    r"(?:armed forces|army|troops|battalion|government|regime) (?:has |have |is |are )?"
    r"(?:\w+ly )?bomb\w*|indiscriminate\w* bomb\w*|"
    r"bomb\w* (?:\w+ ){0,3}(?:populated|population)|genocidal bomb\w*|"
    r"bomb\w* (?:\w+ )?(?:raids?|of (?:the )?(?:civilian|population|cities|towns|villages|people|"
    r"neighbou?rhoods)|civilians|the people|cities|campaign)"
)
# A sound tells of no place and no device.
HEARD = words(r"heard|hear|sounds? of|noise of|listen\w*")
FIGHTING = words(
    r"fighting|shooting|shootings|shootouts?|gunfire|combats?|clash(?:es)?|machinegun\w*|"
    r"massacre\w*|rifle fire|strafing|exchanges? of fire"
)
ARMS = words(
    r"rifles?|weapons|ammunition|cartridges|rounds|magazines|uniforms|propaganda|knapsacks|"
    r"machineguns?|pistols|revolvers|radios|arsenal|war materiel|materiel|fuses?|detonators?"
)
SEIZED = words(
    r"seiz\w+|confiscat\w+|captur\w+|recover\w+|cache|possess\w+|smuggl\w+|arsenal|safe house|"
    r"turned in|hideout|warehouse of|armed with|carrying|transporting|loaded with|stockpil\w*|"
    r"manufactur\w*|production of|trained|training|train|courses?|bought|purchas\w+|suppl\w+"
)
FIGURATIVE = words(
    r"(?:social|population|demographic|political|popular|economic|information|price) "
    r"(?:explosions?|bombs?|time bombs?)|explosion of (?:joy|anger|violence|popular|enthusiasm|"
    r"discontent|protest)|bombshells?|explosive situation|nuclear (?:explosions?|tests?)|"
    r"(?:gas|natural gas|boiler|volcanic|oil tank) explosions?|"
    r"(?:crisis|crises|confrontation|conflict|tensions?|scandal|violence|anger|protests?|debate)"
    r"(?: \w+){0,2} explod\w+"
)
# What bursts by itself is no explosive hazard as long as nobody speaks of a device.
BY_ITSELF = words(
    r"planes?|boeing|airliner|aircraft|jet|helicopter|gas|fuel|boilers?|tankers?|engines?|reactor|"
    r"volcano|fireworks?|refinery|transformers?"
)
NOT = words(r"no(?! \d)|not|never|without|neither|nor|cannot|\w+n't")
# Wished, planned, feared or only possible.
SUPPOSED = words(
    r"will|would|could|may|might|should|must|shall|can|if|unless|in case of|plan(?:s|ned|ning)? to|"
    r"intend\w* to|wants? to|wanted to|ready to|prepared to|in order to|to prevent|"
    r"preventing|avoid|to stop|stop(?:s|ped|ping)?|ceased?|halt|suspend\w*|refrain\w*|end to|"
    r"call(?:s|ed|ing)? for|demand\w*|urge[ds]?|ask(?:s|ed) to|stop using|the use of|such as|"
    r"fear of|feared|fearing|rumors?|designed to|capable of|be able to|likely to|let us|"
    r"whenever|"
    r"threaten\w*|threats? (?:to|of|that)|orders? to|so that|going to(?: be)?|plan that|efforts? to"
)
ATTEMPTED = words(r"attempt\w*|tried to|trying to|try to|about to|foiled|thwarted|averted")
# Many events in one breath: background to something else.
MANY = words(
    r"waves? of|hundreds of|thousands of|dozens of|scores of|spate of|escalation of|campaign of|"
    r"(?:over|more than|some|about|at least) \d+ (?:\w+ )?(?:bomb|dynamite|terrorist|attacks|"
    r"explosi)\w*|such attacks|constant|continuous|numerous|acts of|(?:less|more) frequent\w*|"
    r"daily (?:bomb\w*|attacks|explosions)|other atrocities|"
    r"since the beginning|in recent (?:years|months)|over the (?:past|last) \w+ (?:years|months)"
)
LONG_AGO = words(
    r"last year|years? (?:ago|earlier|later|before)|months? ago|in (?:the )?(?:19|20)\d\d|"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
    r"(?: of)?,? (?:19|20)\d\d|in the past|historic\w*|decades?|anniversary|last (?:january|"
    r"february|march|april|may|june|july|august|september|october|november|december)|previous\w*|formerly|"
    r"during the (?:war|dictatorship)|centur(?:y|ies)"
)
# Something was hit, somewhere, at a time: the marks of news against talk.
HARM = words(
    r"kill\w*|wound\w*|injur\w*|dead|died|dies|casualt\w+|victims?|damag\w*|destroy\w*|shatter\w*|"
    r"derail\w*|mutilat\w*|maim\w*|losses|murder\w*|gutted|rocked|shook|shaken|wreck\w*|defused|deactivated|"
    r"blew up|blow up|blown up|dynamited|hurled|threw|thrown|placed|planted|carried out|went off"
)
WHEN = words(
    r"today|yesterday|tonight|(?:this|last|in the|early|late|yesterday|tomorrow) "
    r"(?:morning|afternoon|evening|night|week|weekend)|at dawn|before dawn|predawn|at noon|"
    r"at midnight|(?:mon|tues|wednes|thurs|fri|satur|sun)day|at (?:approximately |about |around )?"
    r"\d{3,4}|\d{1,2} (?:january|february|march|april|may|june|july|august|september|october|"
    r"november|december)|minutes? ago|hours? ago|days? ago|recently|in the (?:past|last) few "
    r"(?:hours|days|minutes)"
)
WHERE = words(
    r"in front of|near|outside|inside|at the|in the|at an?|in an?|downtown|on the outskirts|street|"
    r"avenue|road|highway|bridge|neighbou?rhood|building|embassy|headquarters|offices?|house|home|"
    r"residence|station|department|municipality|village|km|against (?:the|an?)|in \w+|under"
)
TALK = re.compile(
    r"\[(?:COMMENTARY|EDITORIAL|SPEECH|ARTICLE|STATEMENT|ANALYSIS|UNATTRIBUTED "
    r"COMMENTARY|ROUNDUP)\b|\A[^\n]{0,80}\b(?:Opinion|Commentary|Editorial|Analysis|Op-Ed)\b"
)
