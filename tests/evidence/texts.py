"""Reports about made-up places and people, written for these tests."""

AGENCY = """\
PORT VELMA, March 4, 2021 (AFP) - Families returning to the hills above Port Velma face fields \
full of anti-personnel mines left by the retreating northern army, Interior Minister Tomas Arrel \
said Thursday.

"We cannot send a single child back to the school at Little Oake until every path is surveyed," \
Arrel told reporters at the harbour. "The survey teams have found more in one week than in the \
whole of last year."

The discovery comes as the coastal government prepares for elections in June, the first since \
the ceasefire with the northern army was signed on Lake Brannoch.

Ilse Venning, country director at the Halden Mine Clearance Trust, said the hills would need up \
to three years of work and warned that winter rains move mines into land thought to be clean.

"People ask us for a map with green on it, and we have to tell them there is no such map," \
Venning told AFP, adding that donors had "lost patience" with the coast.

The rights group Sorrel Watch called the use of the weapons "a crime against farmers."

More than 1,200 people have been killed or injured by mines on the coast in the past decade, \
according to the Velma Hospital Network, a group of clinics.

Fishing boats were kept in port on Thursday because of high winds.
"""

CUT = "\n\n".join(AGENCY.split("\n\n")[:5]) + "\n"

REORDERED = "\n\n".join(
    AGENCY.replace("PORT VELMA, March 4, 2021 (AFP) - ", "").strip().split("\n\n")[i]
    for i in (4, 0, 5, 1, 3, 2, 6, 7)
)

PARAPHRASED = """\
BRANNOCH, March 5, (Coast Daily) – The interior minister of the coast, Thomas Arrel, explained \
on Thursday why families cannot yet return to the hills above Port Velma, where the retreating \
northern army left fields of mines. "We cannot send a single child back to the school at Little \
Oake until every path is surveyed," Arrel said at the harbour, adding that survey teams found \
more in a week than in the whole of last year.

The coastal government is preparing for June elections, its first since the Lake Brannoch \
ceasefire with the northern army.

Halden Mine Clearance Trust's Ilse Venning stressed that the work in the hills will take up to \
three years, and that winter rains move mines into land thought clean. Donors have lost patience \
with the coast, Venning said.

Sorrel Watch called the use of the weapons a crime against farmers.
END/CD/
Comment:
"""

OTHER_STORY = """\
Coast to borrow forty million for new harbour
By Nadia Korr
Posted on 04/13/2021

The parliament in Port Velma voted on Tuesday to borrow forty million crowns for a new harbour, \
ending a dispute that split the ruling coalition for two years.

Finance Minister Petra Lund said the loan would be repaid from fishing licences and port fees \
over two decades. Opposition leader Karl Weiss called it "a bridge of paper."

The minister of the interior, Tomas Arrel, voted against the loan. "We cannot send a single \
child back to the school at Little Oake until every path is surveyed," Arrel told members of \
parliament last month, when he asked for the money to be spent on the hills instead.

Dockers plan a march on Saturday. Their union wants wages to rise before a single stone is laid, \
its secretary Jonas Brandt told the Harbour Herald.
"""
