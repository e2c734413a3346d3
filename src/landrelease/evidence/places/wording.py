"""Words that places, peoples and persons are known by; a person can read and correct them.

Sources: general geographic knowledge; abbreviations of the states follow the Associated Press and
the United States Postal Service. Points of wide regions are rough middles, to half a degree.
"""

from __future__ import annotations

from landrelease.evidence.lexicons import word_set

# code of a country or region: adjectives and peoples; a plural "-s" is understood
ADJECTIVES = """
AF Afghan|AL Albanian|DZ Algerian|AD Andorran|AO Angolan|AR Argentine|AR Argentinian|AM Armenian
AU Australian|AT Austrian|AZ Azerbaijani|AZ Azeri|BS Bahamian|BH Bahraini|BD Bangladeshi
BB Barbadian|BY Belarusian|BE Belgian|BZ Belizean|BJ Beninese|BT Bhutanese|BO Bolivian|BA Bosnian
BW Botswanan|BR Brazilian|BN Bruneian|BG Bulgarian|BF Burkinabe|BI Burundian|MM Burmese
KH Cambodian|CM Cameroonian|CA Canadian|CV Cape Verdean|TD Chadian|CL Chilean|CN Chinese
CO Colombian|KM Comorian|CD Congolese|CR Costa Rican|HR Croatian|HR Croat|CU Cuban|CY Cypriot
CZ Czech|DK Danish|DK Dane|DJ Djiboutian|DO Dominican|NL Dutch|EC Ecuadorean|EC Ecuadorian
EG Egyptian|GB.ENG English|GQ Equatoguinean|ER Eritrean|EE Estonian|ET Ethiopian|FJ Fijian
PH Filipino|PH Philippine|FI Finnish|FR French|GA Gabonese|GM Gambian|GE Georgian|DE German
GH Ghanaian|GR Greek|GT Guatemalan|GN Guinean|GY Guyanese|HT Haitian|HN Honduran|HU Hungarian
IS Icelandic|IN Indian|ID Indonesian|IR Iranian|IQ Iraqi|IE Irish|IL Israeli|IT Italian|CI Ivorian
JM Jamaican|JP Japanese|JO Jordanian|KZ Kazakh|KE Kenyan|XK Kosovan|XK Kosovar|KW Kuwaiti
KG Kyrgyz|LA Laotian|LA Lao|LV Latvian|LB Lebanese|LR Liberian|LY Libyan|LT Lithuanian
LU Luxembourgish|MK Macedonian|MG Malagasy|MW Malawian|MY Malaysian|MV Maldivian|ML Malian
MT Maltese|MR Mauritanian|MU Mauritian|MX Mexican|MD Moldovan|MN Mongolian|ME Montenegrin
MA Moroccan|MZ Mozambican|NA Namibian|NP Nepalese|NP Nepali|NZ New Zealander|NI Nicaraguan
NE Nigerien|NG Nigerian|KP North Korean|NO Norwegian|OM Omani|PK Pakistani|PS Palestinian
PA Panamanian|PY Paraguayan|PE Peruvian|PL Polish|PT Portuguese|PR Puerto Rican|QA Qatari
RO Romanian|RU Russian|RW Rwandan|SV Salvadoran|SA Saudi|SA Saudi Arabian|GB.SCT Scottish
SN Senegalese|RS Serbian|RS Serb|SC Seychellois|SL Sierra Leonean|SG Singaporean|SK Slovak
SI Slovenian|SI Slovene|SO Somali|ZA South African|KR South Korean|SS South Sudanese|ES Spanish
LK Sri Lankan|SD Sudanese|SR Surinamese|SE Swedish|CH Swiss|SY Syrian|TW Taiwanese|TJ Tajik
TZ Tanzanian|TH Thai|TL Timorese|TG Togolese|TN Tunisian|TR Turkish|TM Turkmen|UG Ugandan
UA Ukrainian|AE Emirati|GB British|US American|UY Uruguayan|UZ Uzbek|VE Venezuelan|VN Vietnamese
GB.WLS Welsh|YE Yemeni|ZM Zambian|ZW Zimbabwean|EH Sahrawi|AFRICA African|ASIA Asian
EUROPE European|ABKHAZIA Abkhaz|ABKHAZIA Abkhazian|SOSSETIA South Ossetian|CRIMEA Crimean
CHECHNYA Chechen|DARFUR Darfuri|KASHMIR Kashmiri|DAGESTAN Dagestani|US.CA Californian|US.TX Texan
US.IA Iowan|US.FL Floridian|US.MN Minnesotan|US.OH Ohioan|US.NY New Yorker|US.KS Kansan
US.VA Virginian|CA.08 Ontarian|RU.68 North Ossetian|SOSSETIA Ossetian|LK Sinhalese
"""

# other names of countries
COUNTRY_NAMES = """
US United States of America|US USA|US U.S.|US U.S.A.|US US|US America|GB UK|GB U.K.|GB Britain
GB Great Britain|MM Burma|TR Türkiye|CZ Czech Republic|KR South Korea|KP North Korea
KR Republic of Korea|BA Bosnia|CD DRC|CD DR Congo|CD D.R. Congo|CD Congo-Kinshasa|CD Congo
CD Democratic Republic of Congo|CD Democratic Republic of the Congo|CG Congo-Brazzaville
CG Republic of Congo|CG Republic of the Congo|CN People's Republic of China|CN PRC|CI Cote d'Ivoire
CI Ivory Coast|CV Cape Verde|SZ Swaziland|MK Macedonia|MK North Macedonia|AE UAE|AE U.A.E.
RU Russian Federation|SY Syrian Arab Republic|IR Islamic Republic of Iran|LA Lao PDR|LA Laos
VN Viet Nam|PS Palestine|PS Palestinian territories|PS Palestinian Territory|VA Vatican
VA Holy See|TL East Timor|TL Timor-Leste|BN Brunei|GM The Gambia|GM Gambia|BS The Bahamas
BS Bahamas|NL Holland|NL Netherlands|NL The Netherlands|SS South Sudan|EH Western Sahara
MO Macau|MO Macao|HK Hong Kong|KN St Kitts and Nevis|VC St Vincent and the Grenadines|TW Taiwan
GE Republic of Georgia|SA Kingdom of Saudi Arabia|YE Republic of Yemen|CF CAR|NZ Aotearoa
KH Kampuchea|DE Federal Republic of Germany|MD Republic of Moldova
"""

# regions that the gazetteers of cities and provinces do not have: code, kind, latitude, longitude,
# country ("" where several), names
REGIONS = """
AFRICA continent 7 21 - Africa
ASIA continent 34 87 - Asia
EUROPE continent 52 15 - Europe
NAMERICA continent 46 -100 - North America
SAMERICA continent -15 -60 - South America
AMERICAS continent 15 -85 - Americas
OCEANIA continent -22 140 - Oceania
ANTARCTICA continent -80 0 - Antarctica
CAMERICA region 13 -86 - Central America
LAMERICA region -14 -61 - Latin America
MIDEAST region 29 45 - Middle East|Mideast
SEASIA region 8 110 - Southeast Asia|South East Asia|South-East Asia
SASIA region 22 78 - South Asia
EASIA region 35 115 - East Asia
CASIA region 43 65 - Central Asia
EAFRICA region 0 38 - East Africa|Eastern Africa
WAFRICA region 12 -2 - West Africa|Western Africa
NAFRICA region 27 13 - North Africa|Northern Africa
SAFRICA region -24 24 - Southern Africa
CAFRICA region 3 20 - Central Africa
SSAHARA region 0 22 - Sub-Saharan Africa
EEUROPE region 50 28 - Eastern Europe
WEUROPE region 48 5 - Western Europe
HORN region 8 46 - Horn of Africa
SAHEL region 15 10 - Sahel
MAGHREB region 31 4 - Maghreb
BALKANS region 43 21 - Balkans|Western Balkans
CAUCASUS region 42.5 44.5 - Caucasus|South Caucasus|North Caucasus
CARIBBEAN region 17 -72 - Caribbean
SCANDINAVIA region 62 15 - Scandinavia
MEKONG region 15 105 - Mekong
GULF region 26.5 52 - Persian Gulf|Arabian Gulf
WESTBANK region 32 35.25 PS West Bank
GAZA region 31.4 34.4 PS Gaza Strip|Gaza
GOLAN region 33 35.75 SY Golan Heights|Golan
DONBAS region 48.3 38.2 UA Donbas|Donbass
CRIMEA region 45.3 34.4 UA Crimea
ABKHAZIA region 43 41 GE Abkhazia
SOSSETIA region 42.35 44 GE South Ossetia
KARABAKH region 39.8 46.75 AZ Nagorno-Karabakh|Karabakh
CHECHNYA region 43.3 45.7 RU Chechnya
DAGESTAN region 43 47 RU Dagestan
SIBERIA region 60 105 RU Siberia
KASHMIR region 34 76 - Kashmir
KURDISTAN region 36.4 44.4 IQ Kurdistan
DARFUR region 13 25 SD Darfur
TIGRAY region 14 38.5 ET Tigray
SINAI region 29.5 34 EG Sinai|Sinai Peninsula
CABINDA region -5 12.5 AO Cabinda
CASAMANCE region 12.8 -15.5 SN Casamance
TRANSNISTRIA region 47.2 29.3 MD Transnistria
REPSRPSKA region 44.8 17.2 BA Republika Srpska
TIBET region 31 88 CN Tibet
NEWENGLAND region 44 -71 US New England
MIDWEST region 42 -92 US Midwest
ATLANTIC sea 10 -25 - Atlantic|Atlantic Ocean
PACIFIC sea 0 -160 - Pacific|Pacific Ocean
INDIANOC sea -20 80 - Indian Ocean
ARCTIC sea 80 0 - Arctic|Arctic Ocean
MEDITERRANEAN sea 35 18 - Mediterranean|Mediterranean Sea
BLACKSEA sea 43 34 - Black Sea
REDSEA sea 20 38.5 - Red Sea
BALTIC sea 58 20 - Baltic Sea
CASPIAN sea 42 50.5 - Caspian Sea
AZOV sea 46 36.5 - Sea of Azov
GULFMEX sea 25 -90 - Gulf of Mexico|Gulf Coast
"""

# abbreviations: province, with and without points
ABBREVIATIONS = """
US.AL Ala. AL|US.AK Alaska AK|US.AZ Ariz. AZ|US.AR Ark. AR|US.CA Calif. CA|US.CO Colo. CO
US.CT Conn. CT|US.DE Del. DE|US.FL Fla. FL|US.GA Ga. GA|US.HI Hawaii HI|US.ID Idaho ID
US.IL Ill. IL|US.IN Ind. IN|US.IA Iowa IA|US.KS Kan. KS|US.KY Ky. KY|US.LA La. LA|US.ME Maine ME
US.MD Md. MD|US.MA Mass. MA|US.MI Mich. MI|US.MN Minn. MN|US.MS Miss. MS|US.MO Mo. MO
US.MT Mont. MT|US.NE Neb. NE|US.NV Nev. NV|US.NH N.H. NH|US.NJ N.J. NJ|US.NM N.M. NM
US.NY N.Y. NY|US.NC N.C. NC|US.ND N.D. ND|US.OH Ohio OH|US.OK Okla. OK|US.OR Ore. OR
US.PA Pa. PA|US.RI R.I. RI|US.SC S.C. SC|US.SD S.D. SD|US.TN Tenn. TN|US.TX Tex. TX|US.UT Utah UT
US.VT Vt. VT|US.VA Va. VA|US.WA Wash. WA|US.WV W.Va. WV|US.WV W.V. WV|US.WI Wis. WI|US.WY Wyo. WY
US.DC D.C. DC|AU.02 N.S.W. NSW|CA.08 Ont. ON|CA.02 B.C. BC
"""

# what follows or precedes the proper name of a district, road, water or building
DISTRICTS = word_set(
    "county parish borough district province oblast region governorate municipality raion "
    "township twp prefecture canton voivodeship"
)
ROADS = word_set(
    "street st road rd avenue ave drive dr lane boulevard blvd highway hwy court parkway pike "
    "bypass turnpike bridge expressway freeway"
)
WATERS = word_set(
    "lake river creek bay valley island islands mountain mountains hills falls park beach "
    "reservoir canal peninsula desert forest airport stadium springs"
)
NUMBERED = word_set("highway interstate route road hwy")
# A capitalised word after a place name that leaves it a place: "Alexandria Police".
BODIES = word_set(
    "police mayor department state high fire city public school schools community board jail "
    "district sheriff sheriffs circuit superior municipal electric middle court central attorney "
    "water area environmental medical regional army county house governor gov president census "
    "volunteer emergency highway international parks interior education civic courthouse council "
    "hospital hall administration senate supreme farm zoo commission university coroner "
    "metropolitan bureau defense fair chamber ministry embassy government parliament health "
    "national centers town airport foreign minister prime officials general authority assembly "
    "junior senior elementary arts art democratic republican democrat democrats republicans "
    "village times news herald tribune post center centre station office parish province "
    "detention veterans sen rep representative senator judge detective sheriff's attorney's "
    "city's"
)
TITLES = word_set(
    "mr mrs ms dr sir lord lady prof professor gen general col colonel maj major capt captain sgt "
    "lt sen senator rep gov president minister judge justice king queen prince princess pope "
    "saint secretary coach officer detective chief deputy spokesman spokeswoman mayor sheriff "
    "reverend rev miss chancellor director congressman congresswoman"
)
PREPOSITIONS = word_set(
    "in near from to into outside around across throughout between at toward towards via beyond "
    "inside within through downtown leaving visiting entering"
)
FOREIGN_PREPOSITIONS = word_set(
    "en desde hacia hasta dans à vers depuis entre cerca près у в на із з зі до під біля поблизу "
    "близ из к от под возле около во ві місті місто городе город області области ciudad ville في "
    "من إلى مدينة محافظة قرب قضاء ناحية بلدة"
)
DIRECTIONS = word_set(
    "north south east west northern southern eastern western central northeast northwest "
    "southeast southwest northeastern northwestern southeastern southwestern mid upper lower "
    "greater downtown mainland rural suburban nearby neighboring neighbouring old occupied"
)
SAYING = word_set(
    "said says told added asked wrote announced explained noted testified pleaded replied thinks "
    "believes recalled laughed smiled"
)
# Never a place, though the gazetteer has a village of that name.
NOT_PLACES = word_set(
    "monday tuesday wednesday thursday friday saturday sunday january february march april may "
    "june july august september october november december a an the i he she we they it you in on "
    "at of for to from by with and or but not if as so no yes is are was were be been this that "
    "these those there here what who when where why how all any some many most more one two three "
    "four five six seven eight nine ten first second last new old mr mrs ms dr gov sen rep police "
    "mayor court school university college county city state street road high house white "
    "christmas easter ramadan god jesus islam christian muslim democrat republican senate "
    "congress un eu nato fbi cia ngo usa's afp reuters ap bbc cnn internet web best park center "
    "bank church company union central department national international general board fire obama "
    "jr sr inc co am pm our my your his her their its please also however after before since "
    "while during because although meanwhile according both each every another other man men "
    "woman women people officials government president minister prime east west north south "
    "northern southern eastern western northeast northwest southeast southwest good great big "
    "little long young king queen prince along just now then"
)
# Seats of government that have the name of some town.
SEATS = frozenset({"white house", "red house", "blue house"})
FIRST_NAMES = word_set(
    "james john robert michael william david richard charles joseph thomas christopher daniel "
    "paul mark donald george kenneth steven edward brian ronald anthony kevin jason matthew gary "
    "timothy jose larry jeffrey frank scott eric stephen andrew raymond gregory joshua jerry "
    "dennis walter patrick peter harold douglas henry carl arthur ryan roger joe juan jack albert "
    "jonathan justin terry gerald keith samuel willie ralph lawrence nicholas roy benjamin bruce "
    "brandon adam harry fred wayne billy steve louis jeremy aaron randy howard eugene carlos "
    "russell bobby victor martin ernest phillip todd jesse craig alan shawn clarence sean philip "
    "chris johnny earl jimmy antonio bryan tony luis mike dave jim tom bob bill tim dan matt greg "
    "jeff ron ken don ben sam nick rick rob doug pete andy phil alex max leo ted ray jay lee dale "
    "glenn marcus curtis derek darrell barry travis chad kyle cody dustin mary patricia linda "
    "barbara elizabeth jennifer maria susan margaret dorothy lisa nancy karen betty helen sandra "
    "donna carol ruth sharon michelle laura sarah kimberly deborah jessica shirley cynthia angela "
    "melissa brenda amy anna rebecca virginia kathleen pamela martha debra amanda stephanie "
    "carolyn christine marie janet catherine frances ann joyce diane alice julie heather teresa "
    "doris gloria evelyn jean cheryl mildred katherine joan ashley judith rose janice kelly "
    "nicole judy christina kathy theresa beverly denise tammy irene jane lori rachel marilyn "
    "andrea kathryn louise sara anne jacqueline wanda bonnie julia ruby lois tina phyllis norma "
    "paula diana annie lillian emily robin peggy crystal gladys rita dawn connie florence tracy "
    "edna tiffany carmen rosa cindy grace wendy victoria edith kim sherry sylvia josephine thelma "
    "shannon sheila ethel ellen elaine marjorie carrie charlotte monica esther pauline emma "
    "juanita anita rhonda hazel amber eva debbie april leslie clara lucille jamie joanne eleanor "
    "valerie danielle megan alicia suzanne michele gail bertha darlene veronica jill erin "
    "geraldine lauren cathy joann lorraine lynn sally regina erica beatrice dolores bernice "
    "audrey yvonne annette june samantha marion dana stacy ana renee ida vivian roberta holly "
    "brittany melanie loretta yolanda jeanette laurie katie kristen vanessa alma sue elsie beth "
    "jeanne vicki carla tara rosemary eileen terri gertrude lucy tonya ella stacey wilma gina "
    "kristin jessie natalie agnes vera charlene bessie delores melinda pearl arlene maureen "
    "colleen allison tamara joy georgia constance lillie claudia jackie marcia tanya nellie "
    "minnie marlene heidi glenda lydia viola courtney marian stella caroline dora jo vickie "
    "mattie paris austin jordan israel lloyd hillary barack ali ahmed mohammed muhammad mohamed "
    "mahmoud hassan hussein abdul omar ibrahim yusuf khalid vladimir dmitry sergei sergey "
    "alexander mikhail nikolai ivan oleksandr volodymyr petro viktor andriy pedro jorge miguel "
    "francisco manuel pablo alberto fernando pierre jacques francois giovanni giuseppe hans klaus "
    "kofi ban wen hu lindsey mitt newt rudy kamala"
)
