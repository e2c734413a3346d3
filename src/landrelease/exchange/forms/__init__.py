"""Field forms: XLSForms made from the record types, and what phones send back.

``catalogue``   which forms there are, and what of the record types they ask
``model``       from record types, profile and lists to questions, and how answers are read back
``lists``       choice lists that come from the register: administrative units, organisations
``wording``     the languages
``xlsform``     the workbook people can look into, change and upload elsewhere
``xform``       the form that phones load (pyxform), checked with ODK Validate
``publishing``  a form becomes a version that phones are given
``geometry``    points, traces and shapes as phones send them
``instances``   a filled-in form: cells and places, by record type
``receiving``   a filled-in form into the register, by the one way in
"""
