"""The verbs, nouns and adjectives that attribute, and the constructions they take.

A cue is entered once, by its base form, with the constructions in which it attributes:

======  ============================================================================
letter  construction
======  ============================================================================
c       a clause: "says (that) the road is closed"; a quotation likewise
n       a noun phrase: "denies the use of mines"
i       an infinitive: "plans to return"
x       somebody and an infinitive: "urges donors to pay" (both are the content)
h       a hearer first: "told reporters that …" (the hearer is no content)
l       may stand before its source: ``"…," said the deminer``
w       a clause with a question word only: "explains how it works"
g       an -ing clause: "considered leaving"
======  ============================================================================

after a slash the prepositions and particles that belong to the cue ("warn/of,about"); a
preposition is followed by a noun phrase or an -ing clause. ``>of`` means: somebody, then the
preposition, then the content ("accuse X of"). ``+out`` is a particle after which the constructions
hold. Every list was written by hand from general English; none was learnt from a collection.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Frame:
    """The constructions of one cue.

    Attributes
    ----------
    takes : frozenset of str
        Letters of the table above.
    after : frozenset of str
        Prepositions that belong to the cue.
    onto : frozenset of str
        Prepositions after a person ("accuse X of").
    particles : frozenset of str
        Particles that make it a cue ("point out").
    stance : str
        'stated', 'judged', 'believed', 'wished' or 'planned'.
    """

    takes: frozenset[str]
    after: frozenset[str]
    onto: frozenset[str]
    particles: frozenset[str]
    stance: str


def _frames(stance: str, listed: str) -> dict[str, Frame]:
    found: dict[str, Frame] = {}
    for entry in listed.split():
        word, takes, *rest = entry.split(":")
        more = rest[0].split(",") if rest else []
        found[word] = Frame(
            frozenset(takes),
            frozenset(one for one in more if one[0] not in ">+"),
            frozenset(one[1:] for one in more if one[0] == ">"),
            frozenset(one[1:] for one in more if one[0] == "+"),
            stance,
        )
    return found


VERBS = MappingProxyType(
    _frames(
        "stated",
        "say:cnl tell:chix:of,about add:cl note:cnl explain:cnwl state:cnl write:cl:of,about "
        "stress:cn emphasize:cn emphasise:cn confirm:cn acknowledge:cn admit:cng:to "
        "concede:cn observe:cl remark:cl:on recall:cngl reply:cl:to respond:cl:to,with,by "
        "warn:chl:of,about,against caution:chl:about,against argue:cl:for,against,about "
        "insist:cl:on maintain:c conclude:cl report:cnl:on estimate:cl reiterate:cn "
        "tweet:cnl:about post:cl testify:c:about predict:cnl suggest:cngl "
        "complain:cl:about,of lament:cnl promise:cnix pledge:cni:to vow:ci declare:cnl "
        "comment:cl:on,about disclose:cn reveal:cn show:cwn indicate:cn highlight:n "
        "underscore:cn assert:cn contend:c agree:ci:to,with,on,about disagree:c:with,on,about "
        "counter:cl joke:cl:about,of announce:cnl claim:cil allege:cn deny:cng "
        "ask:hwxl:for,about question:nw wonder:wl:about shout:cnl yell:cnl scream:cl "
        "chant:cnl quip:cl boast:cl:about,of brag:c:about,of mention:cng cite:n detail:n "
        "document:nw specify:cw stipulate:c clarify:nw describe:nw call:n:for,on "
        "rule:c:against,on find:c speak:_:about,of,out,against talk:_:about,of "
        "point:c:to,+out refer:_:to propose:cnig recommend:cng demand:cni assure:ch:of "
        "remind:ch:of inform:ch:of,about notify:ch:of brief:h:on advise:ch:against "
        "persuade:ch convince:ch reassure:ch swear:ci attest:c:to hint:c:at imply:cn "
        "muse:cl:about retort:cl answer:cnl elaborate:l:on continue:l begin:l relate:cn "
        "recount:cnw narrate:n discuss:nwg debate:nw address:n outline:n illustrate:nw "
        "demonstrate:cnw prove:c signal:cn issue:_ blog:c:about email:ch message:ch text:ch "
        "exclaim:cl proclaim:cn profess:cni confess:c:to volunteer:c opine:cl theorize:c "
        "speculate:c:about,on hypothesize:c posit:c project:cn forecast:cn calculate:c "
        "express:n voice:n articulate:n convey:cn echo:n repeat:cn quote:n weigh:_:in label:n "
        "dub:n term:n characterize:n characterise:n portray:n depict:n liken:n compare:n "
        "brand:n rate:n certify:c attribute:n:to chime:_:in interject:cl intone:cl mutter:cl "
        "whisper:cl cry:cl gush:cl snap:cl fume:cl lecture:nh offer:_ lay:_:+out spell:_:+out "
        "read:cl deadpan:cl reason:cl venture:cl",
    )
    | _frames(
        "judged",
        "back:n go:_:+after compliment:n identify:n plead:_:for spar:_:over seize:_:on present:n "
        "charge:cn reference:n chronicle:n "
        "accuse:_:>of blame:n criticize:n criticise:n slam:n attack:n blast:n condemn:n "
        "denounce:n mock:n praise:n laud:n hail:n endorse:n support:n oppose:n defend:n "
        "champion:n tout:n welcome:n applaud:n dismiss:n reject:n dispute:n rebut:n refute:n "
        "challenge:n ridicule:n deride:n decry:n bemoan:n deplore:n chide:n scold:n rebuke:n "
        "assail:n lambast:n lambaste:n excoriate:n rip:n disparage:n belittle:n downplay:n "
        "hammer:n grill:n confront:n object:c:to rail:_:against,about protest:cn commend:n "
        "congratulate:n thank:n salute:n admire:n respect:n despise:n resent:n hate:n "
        "distrust:n fault:n deem:n judge:n credit:n backs:n favor:n favour:n advocate:n:for "
        "urge:hcn encourage:hn implore:h beg:h exhort:h press:h:for,on invite:h order:hn "
        "instruct:h direct:h approve:n:of disapprove:_:of recognize:cn recognise:cn "
        "appreciate:cn embrace:n overrule:n overturn:n uphold:n raise:_ lash:_:out pan:n "
        "disavow:n repudiate:n renounce:n contest:n contradict:n second:n promote:n "
        "celebrate:n",
    )
    | _frames(
        "believed",
        "believe:c:in think:c:of,about know:cnw:about,of feel:c:about consider:ng view:n "
        "regard:n assume:c presume:c understand:cnw realize:c realise:c doubt:cn suspect:cn "
        "imagine:cn remember:cngw forget:cnw learn:cw:about,of see:w:>as guess:c figure:c "
        "reckon:c surmise:c foresee:cn anticipate:cng envision:n envisage:n determine:cw "
        "discover:cn notice:cn hear:c:about,of perceive:n sense:cn infer:c gather:c accept:cn "
        "trust:c decide:ciw disbelieve:n",
    )
    | _frames(
        "wished",
        "hope:ci:for wish:ci:for want:nix fear:cnl worry:c:about expect:cnix prefer:nix "
        "seek:ni desire:ni dread:n love:ni like:i loathe:n await:n dream:_:of,about "
        "long:i:for yearn:i:for care:w:about crave:n regret:cng",
    )
    | _frames(
        "planned",
        "plan:in:on,for intend:ci aim:i refuse:i decline:i threaten:i vote:i:for,against "
        "opt:i resolve:ci prepare:i mull:n vie:i:for campaign:_:for,against push:i:for "
        "lobby:i:for,against choose:i",
    )
)  # fmt: skip

# A thing raised, expressed or made that is itself an act of speech: "raised concerns about X".
LIGHT_VERBS = frozenset(
    [
        "raise",
        "express",
        "voice",
        "make",
        "issue",
        "have",
        "offer",
        "give",
        "release",
        "send",
        "deliver",
        "unleash",
        "share",
        "launch",
        "pose",
        "file",
        "publish",
        "reiterate",
        "repeat",
        "sound",
    ]
)
# Verbs that only carry another one: "continued to call for", "went on to say".
CHAINS = frozenset(
    [
        "continue",
        "begin",
        "start",
        "go",
        "have",
        "seem",
        "appear",
        "try",
        "help",
        "need",
        "persist",
        "proceed",
    ]
)

NOUNS = MappingProxyType(
    _frames(
        "stated",
        "claim:c:of,about allegation:c:of,about,against statement:c:about,on assertion:c:of "
        "suggestion:c:of contention:c argument:c:for,against,about "
        "warning:c:of,about,to,against promise:ci:of pledge:ci:of conclusion:c "
        "report:c:of,about,on announcement:c:of,about insistence:c:on acknowledgment:c:of "
        "acknowledgement:c:of admission:c:of accusation:c:of,about,against rumor:c:of,about "
        "rumour:c:of,about question:_:about,on,of comment:c:about,on remark:c:about,on "
        "declaration:c:of explanation:c:of,for,about description:_:of denial:c:of "
        "assurance:c:of confirmation:c:of revelation:c:about prediction:c:of,about "
        "forecast:c:of estimate:c:of finding:c proposal:ci:for,on recommendation:c:for "
        "call:i:for demand:ci:for request:ci:for appeal:_:for,to vow:i threat:i:of proof:c "
        "evidence:_ advice:c:on,about testimony:c:about account:_:of endorsement:_:of "
        "criticism:c:of,for complaint:c:about,of,against attack:_:on rhetoric:_:about,on "
        "apology:_:for",
    )
    | _frames(
        "believed",
        "belief:c:in opinion:c:of,on,about view:c:of,on,about suspicion:c:about,of "
        "assumption:c:of conviction:c doubt:c:about notion:c idea:c assessment:c:of,on "
        "understanding:c:of expectation:c:of,for sense:c impression:c disdain:_:for "
        "contempt:_:for support:_:for opposition:_:to admiration:_:for respect:_:for "
        "confidence:c:in skepticism:c:about,of enthusiasm:_:for interest:_:in stance:_:on "
        "position:_:on",
    )
    | _frames(
        "wished",
        "hope:ci:of,for wish:ci:for fear:c:of,about concern:c:about,over worry:c:about "
        "desire:i:for eagerness:i willingness:i reluctance:i misgiving:c:about "
        "reservation:c:about anger:_:over,at,about frustration:c:with,over",
    )
    | _frames(
        "planned",
        "plan:i:for,on decision:i:on intention:i:of refusal:i effort:i bid:i commitment:i:to "
        "ambition:i:of goal:i:of determination:i agreement:ci:on,to attempt:i",
    )
)  # fmt: skip

ADJECTIVES = MappingProxyType(
    _frames(
        "believed",
        "sure:cw:about,of certain:c:about,of aware:c:of convinced:c:of "
        "confident:c:about,of,in optimistic:c:about pessimistic:c:about skeptical:c:of,about "
        "sceptical:c:of,about doubtful:c unclear:cw obvious:cw unaware:c:of clear:cw:about "
        "critical:_:of supportive:_:of",
    )
    | _frames(
        "wished",
        "worried:c:about,by concerned:c:about,by,with afraid:c:of hopeful:c:about "
        "fearful:c:of proud:ci:of happy:c:about,with glad:ci angry:c:about,at,over "
        "upset:c:about,over,with disappointed:c:by,in,with,at surprised:ci:by,at "
        "frustrated:c:by,with thrilled:ci:by,with excited:i:about eager:i reluctant:i "
        "willing:i determined:i interested:_:in dismayed:c:by,at outraged:c:by,at,over "
        "alarmed:c:by,at shocked:c:by,at",
    )
)  # fmt: skip

# "According to X" and its kin.
ACCORDING = frozenset({"according"})
# Verbs by which a writer attributes to nobody: "the road seems to be closed".
SEEMING = frozenset({"seem", "appear"})
# Passives that attribute although nobody is named: "is said to", "was accused of".
UNNAMED = frozenset(
    [
        "accuse",
        "expect",
        "believe",
        "say",
        "allege",
        "report",
        "think",
        "suspect",
        "blame",
        "estimate",
        "rate",
        "label",
        "dub",
        "describe",
        "criticize",
        "criticise",
        "consider",
        "fear",
        "understand",
        "know",
        "view",
        "regard",
        "predict",
    ]
)
# Sentence adverbs that attribute to nobody in particular.
HEARSAY = frozenset({"reportedly", "allegedly", "purportedly", "supposedly"})
